# How base R measures the tables of tests/golden/base_r: documentation, not run by any test.
#
# Written from the description of those tables (tests/golden/README.md), in base R alone, so
# that somebody with R can make them again and compare. It has not been run here: the tables
# carry the numbers, this carries their meaning.
#
#   gunzip -k tests/golden/sp500.csv.gz
#   Rscript tests/golden/base_r/base_r.R tests/golden/sp500.csv event_map.csv out/

arguments <- commandArgs(trailingOnly = TRUE)
prices <- read.csv(arguments[1], check.names = FALSE)
event_map <- read.csv(arguments[2])
out <- arguments[3]
dir.create(out, showWarnings = FALSE)

dates <- as.Date(prices$Date)
firms <- setdiff(names(prices), c("Date", "SP500"))[1:20]
close <- as.matrix(prices[, c(firms, "SP500")])
ret <- rbind(NA, close[-1, ] / close[-nrow(close), ] - 1)      # simple returns
n_est <- 250
before <- 10                                                   # event days -10 ... 10
windows <- list(c(0, 0), c(-1, 1), c(-5, 5), c(-10, 10))

next_row <- function(day) which(dates >= as.Date(day))[1]      # the date or the next session

# --- one firm and event -------------------------------------------------------------------

measure <- function(firm, row, model) {
  est <- (row - 260):(row - 11)
  ev <- (row - before):(row + before)
  d <- data.frame(y = ret[est, firm], m = ret[est, "SP500"])
  new <- data.frame(m = ret[ev, "SP500"])
  fit <- if (model == "market") lm(y ~ m, d) else lm(y ~ 1, d)
  s <- summary(fit)$sigma
  k <- length(coef(fit))
  x <- model.matrix(fit)
  x_ev <- if (model == "market") cbind(1, new$m) else matrix(1, length(ev), 1)
  C <- diag(length(ev)) + x_ev %*% solve(crossprod(x)) %*% t(x_ev)
  expected <- as.numeric(predict(fit, new))
  stopifnot(all.equal(sqrt(diag(C)) * s,                       # s_ar is predict's own
    as.numeric(sqrt(predict(fit, new, se.fit = TRUE)$se.fit^2 + s^2))))
  list(firm = firm, row = row, fit = fit, s = s, df = n_est - k, k = k,
       resid = as.numeric(resid(fit)), ar = ret[ev, firm] - expected, V = s^2 * C,
       s_ar = s * sqrt(diag(C)), expected = expected, ret = ret[ev, firm], mkt = new$m)
}

car_of <- function(e, w) {
  i <- (w[1]:w[2]) + before + 1
  car <- sum(e$ar[i])
  exact <- sqrt(sum(e$V[i, i]))        # = s sqrt(L + L^2/T + (sum(Rm - mean))^2/SS)
  naive <- e$s * sqrt(length(i))       # without the prediction error: too small
  list(car = car, s_car_exact = exact, s_car_naive = naive, t_exact = car / exact,
       p_exact = 2 * pt(-abs(car / exact), e$df), t_naive = car / naive, df = e$df,
       sum_sar = sum(e$ar[i] / e$s_ar[i]), scar = car / exact,
       bhar = prod(1 + e$ret[i]) - prod(1 + e$expected[i]))
}

# --- tests over the firms of a group ------------------------------------------------------

two_sided <- function(z, df = NULL) {
  if (is.null(df)) 2 * pnorm(-abs(z)) else 2 * pt(-abs(z), df)
}

hall <- function(x) {                  # with the unbiased skewness
  n <- length(x)
  s <- mean(x) / sd(x)
  g <- n / ((n - 1) * (n - 2)) * sum(((x - mean(x)) / sd(x))^3)
  sqrt(n) * (s + g * s^2 / 3 + g^2 * s^3 / 27 + g / (6 * n))
}

rank_z <- function(values, columns) {  # Corrado: values firms x days, columns of the window
  u <- t(apply(values, 1, rank)) / (ncol(values) + 1) - 0.5
  mean_u <- colMeans(u)
  sqrt(length(columns)) * mean(mean_u[columns]) / sqrt(mean(mean_u^2))
}

grank <- function(sar, event, stata = FALSE) {
  u_all <- t(apply(cbind(sar, event), 1, rank))
  T <- if (stata) ncol(sar) else ncol(sar) + 1   # estudy: T = L1, hence ranks off centre
  u <- colMeans(u_all / (T + 1) - 0.5)
  z <- u[length(u)] / sqrt(sum(u^2) / T)
  t <- z * sqrt((T - 2) / (T - 1 - z^2))
  n <- nrow(sar)
  list(t = t, df = T - 2, z = sqrt(12 * n * (T + 1) / (T - 1)) * u[length(u)])
}

sign_flip <- function(x) {             # all 2^20 sign patterns, by doubling
  sums <- 0
  for (v in x) sums <- c(sums + v, sums - v)
  mean(abs(sums) >= abs(sum(x)) - 1e-12 * sum(abs(x)))
}

tests_of <- function(group, w) {
  N <- length(group)
  L <- w[2] - w[1] + 1
  i <- (w[1]:w[2]) + before + 1
  cars <- lapply(group, car_of, w)
  car <- sapply(cars, `[[`, "car")
  scar <- sapply(cars, `[[`, "scar")
  sum_sar <- sapply(cars, `[[`, "sum_sar")
  resid <- t(sapply(group, `[[`, "resid"))
  ar <- t(sapply(group, `[[`, "ar"))
  s <- sapply(group, `[[`, "s")
  df <- group[[1]]$df
  q <- df / (df - 2)
  r <- cor(t(resid))                   # STAGGERED: residuals of different dates, by event time
  rbar <- (sum(r) - N) / (N * (N - 1))
  adj_bmp <- sqrt((1 - rbar) / (1 + (N - 1) * rbar))
  adj_patell <- sqrt(1 / (1 + (N - 1) * rbar))
  phat <- mean(rowMeans(resid > 0))
  pos <- sum(car > 0)
  W <- sum(rank(abs(car))[car > 0])
  bmp <- function(x) mean(x) / sd(x) * sqrt(N)
  patell <- sum(sum_sar) / sqrt(N * L * q)
  patell_scar <- sum(scar) / sqrt(N * q)
  g <- grank(resid / s, scar / sd(scar))
  g_stata <- grank(resid / s, scar / sd(scar), stata = TRUE)
  cda <- mean(car) / (sd(colMeans(resid)) * sqrt(L))
  j1 <- mean(car) / (sqrt(sum(sapply(cars, `[[`, "s_car_exact")^2)) / N)
  t_of <- t.test(car)
  rows <- list(
    c("csect_t", t_of$statistic, t_of$p.value),
    c("mackinlay_J1_exact", j1, two_sided(j1)),
    c("mackinlay_J2_exact", patell_scar, two_sided(patell_scar)),
    c("cda_brown_warner_1985", cda, two_sided(cda, n_est - 1)),
    c("patell_sum_sar", patell, two_sided(patell)),
    c("adj_patell_sum_sar", patell * adj_patell, two_sided(patell * adj_patell)),
    c("patell_scar", patell_scar, two_sided(patell_scar)),
    c("adj_patell_scar", patell_scar * adj_patell, two_sided(patell_scar * adj_patell)),
    c("bmp_scar", bmp(scar), two_sided(bmp(scar), N - 1)),
    c("kp_adj_bmp_scar", bmp(scar) * adj_bmp, two_sided(bmp(scar) * adj_bmp, N - 1)),
    c("bmp_sum_sar", bmp(sum_sar), two_sided(bmp(sum_sar), N - 1)),
    c("kp_adj_bmp_sum_sar", bmp(sum_sar) * adj_bmp, two_sided(bmp(sum_sar) * adj_bmp, N - 1)),
    with_p("corrado_rank_A_est_plus_max", rank_z(cbind(resid, ar), n_est + i)),
    with_p("corrado_rank_B_est_plus_window", rank_z(cbind(resid, ar[, i]), n_est + 1:L)),
    with_p("gsign_cowan", (pos - N * phat) / sqrt(N * phat * (1 - phat))),
    with_p("sign_z", (pos - N / 2) / (sqrt(N) / 2)),
    c("sign_exact_binom_p", pos, binom.test(pos, N)$p.value),
    c("wilcoxon_V_default_p", wilcox.test(car)$statistic, wilcox.test(car)$p.value),
    with_p("wilcoxon_z_no_cc", (W - N * (N + 1) / 4) / sqrt(N * (N + 1) * (2 * N + 1) / 24)),
    c("skewness_corrected_t_hall", hall(car), two_sided(hall(car), N - 1)),
    c("grank_t", g$t, two_sided(g$t, g$df)),
    with_p("grank_z", g$z),
    c("grank_t_VARIANT_stata_estudy", g_stata$t, two_sided(g_stata$t, g_stata$df)),
    c("signflip_exact_p", mean(car), sign_flip(car))
  )
  table <- as.data.frame(do.call(rbind, rows))
  names(table) <- c("test", "statistic", "p_two_sided")
  table
}

with_p <- function(name, z) c(name, z, two_sided(z))

# --- groups ---------------------------------------------------------------------------------

group_of <- function(name, model) {
  rows <- sapply(event_map$event_date, next_row)
  names(rows) <- event_map$event_id
  if (name != "STAGGERED") return(lapply(firms, measure, rows[[name]], model))
  lapply(seq_along(firms), function(j) measure(firms[j], rows[[(j - 1) %% 12 + 1]], model))
}

results <- NULL
for (model in c("market", "mean")) {
  for (name in c("E02", "E04", "E10", "STAGGERED")) {
    group <- group_of(name, model)
    for (w in windows) {
      label <- paste(w, collapse = ",")
      results <- rbind(results, cbind(model = model, group = name, window = label,
                                      tests_of(group, w)))
    }
  }
}
write.csv(results, file.path(out, "tests.csv"), row.names = FALSE)
