//go:build linux

package main

import "math"

func mean(xs []float64) (m float64) {
	for _, x := range xs {
		m += x / float64(len(xs))
	}
	return m
}

// fit returns the slope of the line that is nearest to the points, and its standard error.
func fit(xs, ys []float64) (slope, spread float64) {
	mx, my := mean(xs), mean(ys)
	var sxx, sxy float64
	for i, x := range xs {
		sxx += (x - mx) * (x - mx)
		sxy += (x - mx) * (ys[i] - my)
	}
	slope = sxy / sxx
	var rest float64
	for i, x := range xs {
		d := ys[i] - my - slope*(x-mx)
		rest += d * d
	}
	return slope, math.Sqrt(rest / float64(len(xs)-2) / sxx)
}
