// Package metric declares the values that a node reports: each once, with the names that it has on /metrics, in INFO and
// in STATS.
package metric

import "fmt"

// Prefix begins every name on /metrics.
const Prefix = "cachegopher_"

// Kind is the kind of a metric.
type Kind string

// The kinds.
const (
	Gauge   Kind = "gauge"   // may fall
	Counter Kind = "counter" // only grows while the node runs
)

// Metric is one value, read from an R. Where its name is empty the value is not shown.
type Metric[R any] struct {
	// Name is the name on /metrics without Prefix. It ends with the unit; metrics of the same name differ in their labels.
	Name          string
	Help          string // only of the first metric of that name
	Kind          Kind   // only if there is a Name
	Label, Series string // the label's name and this metric's value of it; empty: no label

	Section, Info string // the section and the name in INFO
	Stats         string // the name in STATS

	// Value returns an int, int64, uint64, float64 or string, or nil while there is no such value; of a float64 INFO and
	// STATS show the integer part. A metric with a Name is a number.
	Value func(*R) any
}

// Label is a label on /metrics and its value.
type Label struct{ Name, Value string }

// Reading is a metric and its value at one moment. Its other fields are those of Metric.
type Reading struct {
	Name          string
	Help          string
	Kind          Kind
	Labels        []Label
	Section, Info string
	Stats         string
	Value         any
}

// Read reads the metrics of a list. It omits those without a value.
func Read[R any](list []Metric[R], r *R) []Reading {
	all := make([]Reading, 0, len(list))
	for i := range list {
		m := &list[i]
		if v := m.Value(r); v != nil {
			all = append(all, Reading{m.Name, m.Help, m.Kind, m.labels(), m.Section, m.Info, m.Stats, v})
		}
	}
	return all
}

// ReadOf is Read of one of several r that share a list: each reading has the label of, which says of which, before its own.
func ReadOf[R any](of Label, list []Metric[R], r *R) []Reading {
	all := Read(list, r)
	for i := range all {
		all[i].Labels = append([]Label{of}, all[i].Labels...)
	}
	return all
}

func (m *Metric[R]) labels() []Label {
	if m.Label == "" {
		return nil
	}
	return []Label{{m.Label, m.Series}}
}

// Number returns the value for /metrics.
func (r *Reading) Number() float64 {
	switch v := r.Value.(type) {
	case int:
		return float64(v)
	case int64:
		return float64(v)
	case uint64:
		return float64(v)
	case float64:
		return v
	default:
		panic(fmt.Sprintf("metric %s: a %T is not a number", r.Name, v))
	}
}

// Text returns the value for INFO and STATS.
func (r *Reading) Text() string {
	if f, ok := r.Value.(float64); ok {
		return fmt.Sprint(int64(f))
	}
	return fmt.Sprint(r.Value)
}
