// Package compare says whether two targets differ, by how much, and what difference it could have found.
//
// Rounds of one run are no independent experiments: they share a process, its memory's layout, and the other work of the
// minute. So figures are compared in one of two ways.
//
//   - In pairs ([Paired]): a round of one target and a round of the other, next to each other. [Measure] makes such pairs:
//     it starts both targets anew for each pair and draws which of them goes first. What then remains is Wilcoxon's
//     signed-rank test of the logarithms of the ratios. Since the order was drawn, its error rate holds whatever the noise is
//     like: slow drift, outliers, bursts.
//   - As two runs made at different times ([Runs]): each counts as one observation, whose spread is taken to be at least that
//     of its rounds and at least [BetweenRuns]. Only large differences can be found in this way.
//
// Many figures are compared at once, and one of them differs by chance sooner or later. Holm's correction keeps the
// probability of one false alarm or more among all figures of a comparison below 5%.
package compare
