#!/usr/bin/env Rscript
# Writes resampling_r.json: what R says, for tests/resampling.rs.
#
#     Rscript stats/tests/golden/resampling.R      (packages survival, jsonlite)
#
# Needs nothing of the project and reads nothing; the versions used are in the file.

library(survival)
suppressWarnings(RNGversion("4.0.0"))
set.seed(20251209)

# Floats as text that reads back to the same double: JSON readers may be off by a bit otherwise.
text <- function(x) if (is.na(x)) NULL else sprintf("%.17g", x)
texts <- function(xs) lapply(xs, text)

survival_case <- function(times, ended) {
  pick <- function(type, level) {
    fit <- survfit(Surv(times, ended) ~ 1, conf.type = type, conf.int = level)
    row <- survival:::survmean(fit, rmean = max(times))$matrix
    limits <- paste0(level, c("LCL", "UCL"))
    list(type = type, level = text(level), low = text(row[[limits[1]]]), high = text(row[[limits[2]]]))
  }
  restricted <- lapply(c(max(times), max(times) * 0.7), function(limit) {
    fit <- survfit(Surv(times, ended) ~ 1)
    row <- survival:::survmean(fit, rmean = limit)$matrix
    list(limit = text(limit), mean = text(row[["rmean"]]), error = text(row[["se(rmean)"]]))
  })
  list(
    times = texts(times), ended = as.list(ended),
    median = unlist(lapply(c("plain", "log-log"), function(type) lapply(c(0.8, 0.9, 0.95, 0.99), function(level) pick(type, level))), recursive = FALSE),
    restricted = restricted
  )
}

survival_cases <- list(
  survival_case(c(8.4, 8.6, 233), c(TRUE, TRUE, FALSE)),
  survival_case(c(10, 233, 233), c(TRUE, FALSE, FALSE)),
  survival_case(c(3, 3, 3, 5, 5), c(TRUE, FALSE, TRUE, TRUE, FALSE)),
  survival_case(c(1, 2, 3, 4), c(TRUE, TRUE, TRUE, TRUE)),
  survival_case(c(2, 2, 2), c(TRUE, TRUE, TRUE)),
  survival_case(c(4, 7), c(TRUE, FALSE)),
  survival_case(c(1, 4, 4, 6, 8, 8, 9, 12, 15, 15), c(TRUE, FALSE, TRUE, TRUE, TRUE, TRUE, FALSE, TRUE, FALSE, FALSE))
)
for (n in c(10, 27, 60)) {
  for (limit in c(0.8, 2.5, 20)) {
    true <- round(rexp(n, 1 / 1.5), 2) + 0.01
    survival_cases <- c(survival_cases, list(survival_case(pmin(true, limit), true < limit)))
  }
}

components_case <- function(name, y) {
  blocks <- nrow(y)
  data <- data.frame(y = as.vector(y), block = factor(row(y)), link = factor(col(y)))
  table <- anova(lm(y ~ block + link, data))
  list(
    name = name, rows = lapply(seq_len(blocks), function(i) texts(y[i, ])),
    blocks = text(table["block", "Mean Sq"]), links = text(table["link", "Mean Sq"]),
    residual = text(table["Residuals", "Mean Sq"])
  )
}

effects <- function(blocks, links, between, rest) {
  outer(rnorm(blocks, 0, between), rnorm(links, 0, 2), "+") + matrix(rnorm(blocks * links, 0, rest), blocks)
}
components_cases <- list(
  components_case("two by two", matrix(c(1, 2, 4, 3), 2)),
  components_case("blocks matter", 20 + effects(6, 3, 1, 0.2)),
  components_case("blocks do not", 20 + effects(10, 3, 0, 1)),
  components_case("many links", effects(12, 9, 0.5, 0.5)),
  components_case("large", 1e9 * (20 + effects(6, 4, 1, 1))),
  components_case("small", 1e-12 * (20 + effects(6, 4, 1, 1)))
)

golden <- list(
  versions = list(R = as.character(getRversion()), survival = as.character(packageVersion("survival"))),
  survival = survival_cases, components = components_cases
)
here <- dirname(sub("--file=", "", grep("--file=", commandArgs(), value = TRUE)))
writeLines(
  jsonlite::toJSON(golden, auto_unbox = TRUE, null = "null", pretty = 1),
  file.path(here, "resampling_r.json")
)
