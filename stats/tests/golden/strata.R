#!/usr/bin/env Rscript
# Writes strata_r.json: what R says of log-rank tests within strata, for tests/strata.rs.
#
#     Rscript stats/tests/golden/strata.R      (packages survival, jsonlite)
#
# Needs nothing of the project and reads nothing; the versions used are in the file.

library(survival)
suppressWarnings(RNGversion("4.0.0"))
set.seed(20251209)

# Floats as text that reads back to the same double: JSON readers may be off by a bit otherwise.
text <- function(x) sprintf("%.17g", x)

case <- function(name, data) {
  tests <- lapply(c(0, 1), function(rho) {
    fit <- survdiff(Surv(time, ended) ~ side + strata(stratum), data = data, rho = rho)
    sums <- function(x) if (is.matrix(x)) rowSums(x) else x
    list(
      weights = if (rho == 0) "log-rank" else "peto-peto", chi_square = text(fit$chisq),
      p = text(pchisq(fit$chisq, 1, lower.tail = FALSE)),
      observed = lapply(sums(fit$obs), text), expected = lapply(sums(fit$exp), text)
    )
  })
  list(
    name = name,
    rows = lapply(seq_len(nrow(data)), function(i) {
      list(stratum = data$stratum[i], side = data$side[i], time = text(data$time[i]), ended = data$ended[i])
    }),
    tests = tests
  )
}

made <- function(blocks, links, limit, shift) {
  data <- expand.grid(stratum = seq_len(links), side = 1:2, block = seq_len(blocks))
  true <- round(exp(data$stratum + ifelse(data$side == 1, shift, 0) + rnorm(nrow(data), 0, 0.5)), 2)
  data.frame(stratum = data$stratum, side = data$side, time = pmin(true, limit), ended = true < limit)
}

frame <- function(...) {
  rows <- do.call(rbind, lapply(list(...), function(row) data.frame(stratum = row[1], side = row[2], time = row[3], ended = row[4] == 1)))
  rows
}

cases <- list(
  case("three pairs", frame(c(1, 1, 1, 1), c(1, 2, 3, 1), c(2, 1, 2, 1), c(2, 2, 9, 1), c(3, 1, 4, 1), c(3, 2, 30, 1))),
  case("ties and cut-offs", frame(
    c(1, 1, 3, 1), c(1, 1, 5, 0), c(1, 2, 3, 1), c(1, 2, 7, 1), c(1, 2, 7, 0),
    c(2, 1, 30, 1), c(2, 1, 30, 1), c(2, 2, 30, 0), c(2, 2, 41, 1), c(2, 1, 50, 0)
  )),
  case("one stratum", made(6, 1, 6, 0.3)),
  case("3 links, 6 blocks", made(6, 3, 15, 0.3)),
  case("3 links, 10 blocks, equal", made(10, 3, 20, 0)),
  case("6 links, 2 blocks", made(2, 6, 200, -0.4))
)
golden <- list(
  versions = list(R = as.character(getRversion()), survival = as.character(packageVersion("survival"))),
  cases = cases
)
here <- dirname(sub("--file=", "", grep("--file=", commandArgs(), value = TRUE)))
writeLines(
  jsonlite::toJSON(golden, auto_unbox = TRUE, null = "null", pretty = 1),
  file.path(here, "strata_r.json")
)
