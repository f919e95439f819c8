// Package live hands on the progress of a run while it lasts: as lines for people, as rows of a CSV file, to a Prometheus
// that asks for it, and to an OpenTelemetry collector. Its figures are those of single slices of time, as the generator
// measures them; the final results have more.
package live
