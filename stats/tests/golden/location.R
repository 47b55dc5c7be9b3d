#!/usr/bin/env Rscript
# Writes location_r.json: one- and two-sample methods as R has them, for tests/location.rs.
#
#     apt install r-cran-coin r-cran-exactranktests r-cran-jsonlite && Rscript stats/tests/golden/location.R
#
# Needs nothing of the project and reads nothing; the versions used are in the file. Floats stand there as text.

suppressMessages({
  library(exactRankTests)
  library(coin)
  library(jsonlite)
})

set.seed(20260117)
confidences <- c(0.5, 0.9, 0.95, 0.99)
text <- function(x) sprintf("%.17g", x)

# Without ties and zeros: wilcox.test is exact, and its interval is that of order statistics of the Walsh averages.
one_sample <- function(name, d) {
  n <- length(d)
  stopifnot(!any(duplicated(abs(d))), all(d != 0))
  test <- wilcox.test(d, exact = TRUE)
  walsh <- sort(outer(d, d, "+")[!lower.tri(diag(n))] / 2)
  intervals <- lapply(confidences, function(level) {
    tail <- (1 - level) / 2
    if (psignrank(0, n) > tail) return(list(confidence = text(level), interval = NULL))
    # The largest rank with no more than the tail below it.
    rank <- max(which(psignrank(0:(n * (n + 1) / 2 - 1), n) <= tail))
    ends <- c(walsh[rank], rev(walsh)[rank])
    # R asks for strictly less where the tail is a whole number of 2^-n.
    if (level %in% c(0.9, 0.95, 0.99)) {
      theirs <- wilcox.test(d, exact = TRUE, conf.int = TRUE, conf.level = level)
      stopifnot(isTRUE(all.equal(as.vector(theirs$conf.int), ends)))
      stopifnot(isTRUE(all.equal(as.vector(theirs$estimate), median(walsh))))
    }
    list(confidence = text(level), interval = text(ends), achieved = text(1 - 2 * psignrank(rank - 1, n)))
  })
  list(name = name, values = text(d), wilcoxon = text(test$p.value), hodges_lehmann = text(median(walsh)),
       intervals = intervals)
}

# With ties: exactRankTests by the shift algorithm, coin as a second opinion.
one_sample_ties <- function(name, d) {
  p <- wilcox.exact(d, exact = TRUE)$p.value
  greater <- wilcox.exact(d, exact = TRUE, alternative = "greater")$p.value
  y <- rep(0, length(d))
  second <- pvalue(wilcoxsign_test(d ~ y, distribution = "exact", zero.method = "Wilcoxon"))
  stopifnot(isTRUE(all.equal(p, as.vector(second))))
  list(name = name, values = text(d), wilcoxon = text(p), greater = text(greater),
       sign_flip = if (all(d == floor(d))) text(perm.test(d, exact = TRUE)$p.value) else NULL)
}

two_sample <- function(name, x, y) {
  n <- length(x)
  m <- length(y)
  stopifnot(!any(duplicated(c(x, y))))
  test <- wilcox.test(x, y, exact = TRUE)
  differences <- sort(outer(x, y, "-"))
  intervals <- lapply(confidences, function(level) {
    tail <- (1 - level) / 2
    if (pwilcox(0, n, m) > tail) return(list(confidence = text(level), interval = NULL))
    rank <- max(which(pwilcox(0:(n * m - 1), n, m) <= tail))
    ends <- c(differences[rank], rev(differences)[rank])
    if (level %in% c(0.9, 0.95, 0.99)) {
      theirs <- wilcox.test(x, y, exact = TRUE, conf.int = TRUE, conf.level = level)
      # R takes the widest interval where no tail is small enough.
      stopifnot(isTRUE(all.equal(as.vector(theirs$conf.int), ends)))
      stopifnot(isTRUE(all.equal(as.vector(theirs$estimate), median(differences))))
    }
    list(confidence = text(level), interval = text(ends), achieved = text(1 - 2 * pwilcox(rank - 1, n, m)))
  })
  list(name = name, x = text(x), y = text(y), mann_whitney = text(test$p.value), shift = text(median(differences)),
       intervals = intervals)
}

two_sample_ties <- function(name, x, y) {
  p <- wilcox.exact(x, y, exact = TRUE)$p.value
  data <- data.frame(value = c(x, y), side = factor(rep(c("x", "y"), c(length(x), length(y)))))
  ranks <- pvalue(wilcox_test(value ~ side, data, distribution = exact(algorithm = "split-up")))
  means <- pvalue(oneway_test(value ~ side, data, distribution = exact(algorithm = "split-up")))
  stopifnot(isTRUE(all.equal(p, as.vector(ranks))))
  if (all(data$value == floor(data$value))) {
    stopifnot(isTRUE(all.equal(perm.test(x, y, exact = TRUE)$p.value, as.vector(means))))
  }
  list(name = name, x = text(x), y = text(y), mann_whitney = text(p), mean_difference = text(as.vector(means)))
}

golden <- list(
  versions = list(
    R = paste(R.version$major, R.version$minor, sep = "."),
    exactRankTests = as.character(packageVersion("exactRankTests")),
    coin = as.character(packageVersion("coin"))
  ),
  one_sample = list(
    one_sample("one", 1.25),
    one_sample("two", c(1.5, -0.25)),
    one_sample("five", c(0.5, 1.75, 2.5, -1.125, 3.25)),
    one_sample("six, all positive", c(0.5, 1.75, 2.5, 1.125, 3.25, 4.75)),
    one_sample("nine", rnorm(9, 0.5)),
    one_sample("twenty", rlnorm(20) - 1),
    one_sample("huge", rnorm(11, 1) * 1e290),
    one_sample("tiny", rnorm(11, 1) * 1e-290),
    one_sample("hundred and twenty", rnorm(120, 0.1))
  ),
  one_sample_ties = list(
    one_sample_ties("ties", c(1, 1, -1, 2, 2, 3, -3, 8)),
    one_sample_ties("decimals", c(0.5, 0.5, -0.25, 1.5, 2.5, 1.5, -0.5, 0.75, 2.25)),
    one_sample_ties("equal", rep(2, 7)),
    one_sample_ties("many", c(rpois(45, 5) - 4, 9) * 2 + 1)
  ),
  two_sample = list(
    two_sample("one each", 1, 2),
    two_sample("three each", c(1.5, 2.25, 7), c(9, 3, 12.5)),
    two_sample("four each, separated", c(1.5, 2.25, 7, 8), c(9, 13, 12.5, 10)),
    two_sample("five and eight", rlnorm(5), rlnorm(8, 0.5)),
    two_sample("one and thirty", 0.75, rnorm(30)),
    two_sample("huge", rnorm(7) * 1e290, rnorm(6, 1) * 1e290),
    two_sample("tiny", rnorm(7) * 1e-290, rnorm(6, 1) * 1e-290),
    two_sample("forty each", rnorm(40), rnorm(40, 0.4))
  ),
  two_sample_ties = list(
    two_sample_ties("ties", c(1, 2, 2, 3, 5), c(2, 3, 3, 6, 7, 8)),
    two_sample_ties("unequal sizes", c(4, 4, 9), c(1, 2, 4, 4, 4, 3, 2, 5)),
    two_sample_ties("few values", rep(c(0, 1), c(4, 8)), rep(c(0, 1), c(9, 2))),
    two_sample_ties("integers", rpois(16, 6), rpois(14, 8)),
    two_sample_ties("reals", rnorm(12), rnorm(15, 0.8))
  )
)
arguments <- commandArgs(trailingOnly = FALSE)
here <- dirname(sub("^--file=", "", grep("^--file=", arguments, value = TRUE)))
write(toJSON(golden, auto_unbox = TRUE, null = "null", pretty = 1), file.path(here, "location_r.json"))
