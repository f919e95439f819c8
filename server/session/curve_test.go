package session

import (
	"fmt"
	"strings"
	"testing"

	"github.com/cachegopher/cachegopher/lru"
)

// TestMemoryCurve checks that a loop over one and a half times the entries that fit is predicted to hit with twice the memory.
// It makes fewer requests than are watched in one slice of time, so that none is left out.
func TestMemoryCurve(t *testing.T) {
	f := newFixture(t, lru.Options{MaxEntries: 50, Watch: true})
	for i := range 225 {
		key := fmt.Sprint("key", i%75)
		f.do(resp("GET", key))
		f.do(resp("SET", key, "value"))
	}
	c := f.n.Curve()
	if c.Unit != "entries" || hitRatioAt(c.Points, 1) > .01 || hitRatioAt(c.Points, 2) < .6 || len(c.Points) != len(Predictions)-1 {
		t.Errorf("predicted %+v", c)
	}
	if got := f.do(resp("MEMORY", "CURVE")); !strings.Contains(got, `{"times":2,"size":100,"hitRatio":0.6`) {
		t.Errorf("answered %q", got)
	}
}

// TestMemoryCurveLearning: a node that predicts nothing yet says so, and answers an array of points all the same.
func TestMemoryCurveLearning(t *testing.T) {
	f := newFixture(t, lru.Options{MaxEntries: 50, Watch: true})
	if got := f.do(resp("MEMORY", "CURVE")); !strings.Contains(got, `"points":[],"learning":true`) {
		t.Errorf("answered %q", got)
	}
}
