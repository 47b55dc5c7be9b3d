# Writes several_r.json: what R says about the cases of several_scipy.json, for tests/several.rs.
#
#     Rscript stats/tests/golden/several.R
#
# Needs jsonlite, survival, multcompView and rstatix; the versions used are in the file. Run several.py first.

suppressPackageStartupMessages({
    library(jsonlite)
    library(survival)
    library(multcompView)
    library(rstatix)
})

script <- sub("--file=", "", grep("--file=", commandArgs(), value = TRUE))
folder <- if (length(script)) dirname(script) else "."
cases <- fromJSON(file.path(folder, "several_scipy.json"), simplifyVector = FALSE)

# Floats as text with 17 digits; a lone number stays a number of one place in a list.
text <- function(x) if (is.null(x) || length(x) == 0 || any(is.nan(x))) NULL else sprintf("%.17g", as.numeric(x))
one <- function(x) { x <- text(x); if (is.null(x)) NULL else unbox(x) }
floats <- function(list) vapply(list, function(x) as.numeric(x), 0)

blocks <- lapply(cases$blocks, function(case) {
    table <- do.call(rbind, lapply(case$rows, floats))
    # R's stops at a single block.
    if (nrow(table) == 1) return(list(name = unbox(case$name)))
    test <- friedman.test(table)
    list(name = unbox(case$name), chi_square = one(test$statistic), p = one(test$p.value))
})

groups <- lapply(cases$groups, function(case) {
    samples <- lapply(case$groups, floats)
    y <- unlist(samples)
    g <- factor(rep(seq_along(samples), lengths(samples)))
    data <- data.frame(y = y, g = g)
    out <- list(name = unbox(case$name))
    kruskal <- kruskal.test(y, g)
    out$kruskal <- text(c(kruskal$statistic, kruskal$p.value))
    if (!is.null(case$welch) && !(case$name %in% c("offset", "huge", "tiny"))) {
        welch <- oneway.test(y ~ g, data)
        out$welch <- text(c(welch$statistic, welch$parameter, welch$p.value))
    }
    if (length(unique(y)) > 1) {
        dunn <- dunn_test(data, y ~ g, p.adjust.method = "none")
        out$dunn <- lapply(seq_len(nrow(dunn)), function(i) text(c(-dunn$statistic[i], dunn$p[i])))
    }
    if (all(lengths(samples) > 2) && !is.null(case$welch) && !(case$name %in% c("offset", "huge", "tiny"))) {
        games <- games_howell_test(data, y ~ g, detailed = TRUE)
        out$games_howell <- lapply(seq_len(nrow(games)), function(i) {
            text(c(-games$estimate[i], -games$conf.high[i], -games$conf.low[i], games$p.adj[i]))
        })
    }
    out
})

ranges <- lapply(cases$studentized_range, function(case) {
    degrees <- if (case[[3]] == "inf") Inf else as.numeric(case[[3]])
    one(suppressWarnings(ptukey(as.numeric(case[[1]]), as.numeric(case[[2]]), degrees, lower.tail = FALSE)))
})
quantiles <- lapply(cases$studentized_quantiles, function(case) {
    degrees <- if (case[[3]] == "inf") Inf else as.numeric(case[[3]])
    one(qtukey(as.numeric(case[[1]]), as.numeric(case[[2]]), degrees))
})

families <- lapply(cases$families, function(case) {
    p <- floats(case$p)
    list(holm = text(p.adjust(p, "holm")), bh = text(p.adjust(p, "BH")))
})

proportions <- lapply(cases$proportions, function(case) {
    n <- floats(case$counts)
    one(fisher.test(matrix(c(n[1], n[2] - n[1], n[3], n[4] - n[3]), 2))$p.value)
})

correlations <- lapply(cases$correlations, function(case) {
    x <- floats(case$x)
    y <- floats(case$y)
    out <- list(name = unbox(case$name))
    if (length(unique(x)) > 1 && length(x) > 2) {
        for (method in c("spearman", "kendall")) {
            ties <- anyDuplicated(x) || anyDuplicated(y)
            # Without ties and with few pairs R's p values are exact, too.
            test <- suppressWarnings(cor.test(x, y, method = method, exact = if (ties || length(x) > 9) FALSE else TRUE))
            out[[method]] <- text(c(test$estimate, test$p.value))
            out$exact <- unbox(!(ties || length(x) > 9))
        }
    }
    out
})

durations <- lapply(cases$durations, function(case) {
    time <- unlist(lapply(case, function(group) vapply(group, function(d) as.numeric(d[[1]]), 0)))
    ended <- unlist(lapply(case, function(group) vapply(group, function(d) d[[2]], TRUE)))
    group <- rep(seq_along(case), lengths(case))
    lapply(c(0, 1), function(rho) {
        test <- survdiff(Surv(time, ended) ~ group, rho = rho)
        list(chi_square = one(test$chisq), p = one(test$pvalue), observed = text(test$obs), expected = text(test$exp))
    })
})

graphs <- lapply(cases$graphs, function(case) {
    items <- case[[1]]
    pairs <- combn(items, 2)
    separated <- rep(FALSE, ncol(pairs))
    for (pair in case[[2]]) {
        separated[pairs[1, ] == pair[[1]] + 1 & pairs[2, ] == pair[[2]] + 1] <- TRUE
    }
    names(separated) <- paste(sprintf("i%02d", pairs[1, ]), sprintf("i%02d", pairs[2, ]), sep = "-")
    shown <- multcompLetters(separated)
    letters <- shown$Letters[sprintf("i%02d", seq_len(items))]
    list(items = unbox(items), separated = case[[2]], letters = unname(gsub(" ", "", letters)))
})

versions <- list(R = unbox(as.character(getRversion())))
for (package in c("survival", "multcompView", "rstatix", "jsonlite")) {
    versions[[package]] <- unbox(as.character(packageVersion(package)))
}
golden <- list(versions = versions, blocks = blocks, groups = groups, studentized_range = ranges,
    studentized_quantiles = quantiles, families = families, proportions = proportions,
    correlations = correlations, durations = durations, graphs = graphs)
writeLines(toJSON(golden, null = "null", auto_unbox = FALSE), file.path(folder, "several_r.json"))
