package session

import (
	"fmt"
	"strings"
	"testing"

	"github.com/cachegopher/cachegopher/lru"
	"github.com/cachegopher/cachegopher/lru/shadow"
)

// TestPrefixes checks what MEMORY CURVE and the metrics say of prefixes.
func TestPrefixes(t *testing.T) {
	f := newFixture(t, lru.Options{MaxMemory: 1 << 20, Prefixes: []lru.Prefix{{Name: "b:"}, {Name: "a:\"", Min: 1000, Max: 2000}}})
	for _, key := range []string{"a:\"1", "a:\"2", "b:1", "c"} {
		f.do(resp("SET", key, "value"))
		f.do(resp("GET", key))
		f.do(resp("GET", key+"0"))
	}
	f.do(resp("DEL", "b:1"))
	const a = `{"prefix":"a:\"","min":1000,"max":2000,"entries":2,"bytes":`
	if got := f.do(resp("MEMORY", "CURVE")); !strings.Contains(got, `"prefixes":[{"prefix":"b:","entries":0,"bytes":0,"hits":1,"misses":1,"evictions":0,"sampledReads":0},`+a) {
		t.Errorf("answered %q", got)
	}
	found := map[string]string{}
	now := f.n.Snapshot()
	for _, r := range now.Metrics() {
		if len(r.Labels) > 0 && r.Labels[0].Name == PrefixLabel {
			found[r.Name+" "+r.Labels[0].Value] = r.Text()
		}
	}
	for name, want := range map[string]string{
		"prefix_entries a:\"": "2", "prefix_entries b:": "0", "prefix_hits_total a:\"": "2", "prefix_misses_total b:": "1",
		"prefix_min_bytes a:\"": "1000", "prefix_max_bytes a:\"": "2000", "prefix_evictions_total b:": "0",
	} {
		if found[name] != want {
			t.Errorf("%s is %q, want %s", name, found[name], want)
		}
	}
}

// TestPrefixesOfOthers: a user who may read some keys sees in MEMORY CURVE the prefixes within these; one who may read none, as the
// other nodes of a group, sees the curve.
func TestPrefixesOfOthers(t *testing.T) {
	f := withUsers(t)
	if err := f.n.store.SetPrefixes([]lru.Prefix{{Name: "app:"}, {Name: "app:x:"}, {Name: "ap"}, {Name: "pay:"}}); err != nil {
		t.Fatal(err)
	}
	for user, want := range map[string]string{"app": "app: app:x:", "reader": "app: app:x: ap pay:", "ops": "", "peer": ""} {
		got := f.talk(resp("MEMORY", "CURVE"), user)
		var seen []string
		for _, p := range []string{"app:", "app:x:", "ap", "pay:"} {
			if strings.Contains(got, `{"prefix":"`+p+`"`) {
				seen = append(seen, p)
			}
		}
		if strings.Join(seen, " ") != want || !strings.Contains(got, "sampledReads") {
			t.Errorf("%s sees %q, want %q: %s", user, seen, want, got)
		}
	}
	if got := f.talk(resp("MEMORY", "USAGE", "key"), "peer"); !strings.HasPrefix(got, "-NOPERM") {
		t.Errorf("MEMORY USAGE of a user who may not read is answered %q", got)
	}
}

// TestCurveOfPrefixes reads a loop over a few entries and a loop over more than fit, each with a prefix.
func TestCurveOfPrefixes(t *testing.T) {
	f := newFixture(t, lru.Options{MaxEntries: 20, Watch: true, Prefixes: []lru.Prefix{{Name: "small:"}, {Name: "large:"}}})
	for i := range 180 {
		for _, key := range []string{fmt.Sprint("small:", i%3), fmt.Sprint("large:", i%28)} {
			if f.do(resp("GET", key)) == "$-1\r\n" {
				f.do(resp("SET", key, "value"))
			}
		}
	}
	p := f.n.Curve().Prefixes
	small, large := p[0].Points, p[1].Points
	if len(small) != len(shadow.Times()) || len(large) != len(small) {
		t.Fatalf("predicted %+v", p)
	}
	if hitRatioAt(small, 1) < .95 || hitRatioAt(large, 1) > .05 || hitRatioAt(large, 2) < .7 || p[0].SampledReads < 100 {
		t.Errorf("predicted %+v", p)
	}
	found := map[string]float64{}
	now := f.n.Snapshot()
	for _, r := range now.Metrics() {
		if strings.HasPrefix(r.Name, "prefix_predicted_") {
			found[fmt.Sprint(r.Name, r.Labels)] = r.Number()
		}
	}
	for name, want := range map[string]float64{
		"prefix_predicted_hit_ratio[{prefix small:} {times 0.5}]": hitRatioAt(small, .5),
		"prefix_predicted_hit_ratio[{prefix large:} {times 2}]":   hitRatioAt(large, 2),
		"prefix_predicted_from_reads[{prefix large:}]":            float64(p[1].SampledReads),
	} {
		if got, ok := found[name]; !ok || got != want {
			t.Errorf("%s is %v, want %v", name, got, want)
		}
	}
	if want := 2 * (len(small) + 1); len(found) != want {
		t.Errorf("%d metrics predict for prefixes, want %d", len(found), want)
	}
}

// TestCeilingRefuses writes under NONE to a prefix above its ceiling: OOM, and the old value stays; other keys are written, and so
// is the prefix after a removal.
func TestCeilingRefuses(t *testing.T) {
	f := newFixture(t, lru.Options{MaxMemory: 1 << 20, Policy: lru.NONE, Prefixes: []lru.Prefix{{Name: "a:", Max: 2000}}})
	large := strings.Repeat("x", 800)
	for _, step := range []struct {
		want    string
		request []string
	}{
		{"+OK", []string{"SET", "a:1", large}},
		{"+OK", []string{"SET", "a:2", large}},
		{"-OOM ", []string{"SET", "a:3", large}},
		{"-OOM ", []string{"APPEND", "a:2", large}},
		{"-OOM ", []string{"SETRANGE", "a:2", "1000", large}},
		{"-OOM ", []string{"MSET", "a:3", large}},
		{"$-1", []string{"GET", "a:3"}},
		{"+OK", []string{"RENAME", "a:1", "a:0"}},
		{"-OOM ", []string{"RENAME", "a:0", "a:" + large}},
		{"-OOM ", []string{"COPY", "a:0", "a:1"}},
		{":1", []string{"RENAMENX", "a:0", "a:1"}},
		{":800", []string{"STRLEN", "a:2"}},
		{":1", []string{"PEXPIRE", "a:2", "1000000"}},
		{"+OK", []string{"SET", "b:1", large}},
		{"-OOM ", []string{"RENAME", "b:1", "a:0"}},
		{":1", []string{"DEL", "a:1"}},
		{"+OK", []string{"SET", "a:3", large}},
	} {
		if got := f.do(resp(step.request...)); !strings.HasPrefix(got, step.want) {
			t.Errorf("%.40q answered %q, want %s", step.request, got, step.want)
		}
	}
}
