package curve

import (
	"bytes"
	"context"
	"encoding/xml"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/cachegopher/cachegopher/bench/load"
	"github.com/cachegopher/cachegopher/bench/result"
	"github.com/cachegopher/cachegopher/bench/runner"
	"github.com/cachegopher/cachegopher/bench/sut"
	"github.com/cachegopher/cachegopher/bench/workload"
)

func TestSizes(t *testing.T) {
	got, err := Sizes("64MB, 10%,1%,100MB,64MB", 1000<<20)
	want := []int{10 << 20, 64 << 20, 100 << 20}
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("%v, %v", got, err)
	}
	for _, list := range []string{"", "0%", "x%", "5000%", "1KB", "1%", "12QB"} {
		if got, err := Sizes(list, 1<<20); err == nil {
			t.Errorf("%q: %v", list, got)
		}
	}
}

// fifo holds so many keys, and puts out the oldest; its memory is 1 MB a key.
type fifo struct {
	sut.Unsupported
	most int
	keys []string
	all  map[string][]byte
}

func (f *fifo) Get(_ context.Context, key string, dst []byte) ([]byte, bool, error) {
	v, ok := f.all[key]
	return append(dst, v...), ok, nil
}

func (f *fifo) Set(_ context.Context, key string, value []byte, _ time.Duration) error {
	key = strings.Clone(key)
	if _, ok := f.all[key]; !ok {
		if len(f.keys) == f.most {
			delete(f.all, f.keys[0])
			f.keys = f.keys[1:]
		}
		f.keys = append(f.keys, key)
	}
	f.all[key] = bytes.Clone(value)
	return nil
}

// TestCurve: each target has a point for each size, of the last replay, and a target that fails with one has none there; the
// table and the picture show the same.
func TestCurve(t *testing.T) {
	path := filepath.Join(t.TempDir(), "keys")
	if err := os.WriteFile(path, []byte(strings.Repeat("1\n2\n3\n4\n", 25)), 0o600); err != nil {
		t.Fatal(err)
	}
	w, err := workload.OpenTrace(workload.TraceOptions{Path: path}, 1)
	if err != nil {
		t.Fatal(err)
	}
	open := func(ctx context.Context, rest string, o sut.Options) (*sut.Target, error) {
		if rest == "?picky" && o.Memory == 2<<20 {
			return nil, errors.New("not with two")
		}
		return &sut.Target{Caller: &fifo{most: o.Memory >> 20, all: map[string][]byte{}}, InProcess: true}, nil
	}
	job := &runner.Job{Trace: w, Rounds: 2, Seed: 1, Targets: []string{"inproc:fifo", "inproc:fifo?picky"},
		Plan: load.Plan{Conns: 1, Depth: 1, Threads: 1, Duration: time.Hour, Timeout: time.Minute}}
	rep, runs := &result.Report{}, 0
	err = Do(t.Context(), &runner.Runner{Schemes: sut.Schemes{"inproc:fifo": open}}, job, []int{2 << 20, 4 << 20}, rep, func(*result.Run) { runs++ })
	if err == nil || !strings.Contains(err.Error(), "2.00 MB: ") || !strings.Contains(err.Error(), "not with two") || runs != 2 {
		t.Errorf("%v, %d runs", err, runs)
	}
	// Four keys in turn: a fifo of two never hits, one of four always does in the second replay.
	lines := Lines(rep)
	if len(lines) != 2 || !slices.Equal(lines[0].Points, []Point{{2 << 20, 0}, {4 << 20, 100}}) || !slices.Equal(lines[1].Points, []Point{{4 << 20, 100}}) {
		t.Errorf("%+v", lines)
	}
	var out bytes.Buffer
	Table(rep, 8<<20, &out)
	for _, want := range []string{"25%", "0.00%", "50%", "100.00%", " - "} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("without %q: %s", want, &out)
		}
	}
	svg := SVG(rep, "a < b")
	if strings.Count(svg, "<circle") != 3 || !strings.Contains(svg, "a &lt; b") {
		t.Error(svg)
	}
	for d := xml.NewDecoder(strings.NewReader(svg)); ; {
		if _, err := d.Token(); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatalf("%v in %s", err, svg)
		}
	}
	if SVG(&result.Report{}, "") != "" {
		t.Error("a picture of nothing")
	}
}

// TestLegend: a target's policy is part of its name, if no other target has that name either, and the picture is wide enough for it.
func TestLegend(t *testing.T) {
	run := &result.Run{Section: Section, X: 1 << 20}
	long := "client:" + strings.Repeat("0123456789", 20)
	for _, url := range []string{"spawn:cachegopher?policy=ExactLRU&memory=64MB", "inproc:lru?memory=64MB", long} {
		run.Targets = append(run.Targets, &result.Target{URL: url, Rounds: []*result.Round{{Hits: 1}}})
	}
	svg := SVG(&result.Report{Runs: []*result.Run{run}}, "")
	if !strings.Contains(svg, ">cachegopher ExactLRU<") || !strings.Contains(svg, ">lru<") {
		t.Error(svg)
	}
	var picture struct {
		Width int `xml:"width,attr"`
	}
	if err := xml.Unmarshal([]byte(svg), &picture); err != nil || picture.Width < right+32+6*len(long) {
		t.Errorf("%v, %+v", err, picture)
	}
}
