//go:build linux

package failover

import (
	"encoding/xml"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// chosenFault returns the fault with this key.
func chosenFault(t *testing.T, key string) *fault {
	t.Helper()
	f, err := choose([]string{key})
	if err != nil {
		t.Fatal(err)
	}
	return f[0]
}

func TestMissed(t *testing.T) {
	const short, long = 10 * time.Millisecond, 4 * time.Second
	for _, c := range []struct {
		key, want string
		outcomes  []Outcome
	}{
		{"kill", "", []Outcome{{Back: short, Longest: long, Failed: 1, Lost: 2, Counted: 2}}},
		{"kill", "the worst is over 1000 ms", []Outcome{{Back: short}, {Back: short}, {Back: long}}},
		{"kill", "the median is over 300 ms; the worst is over 1000 ms", []Outcome{{Back: long}}},
		{"kill", "writes were lost and not counted", []Outcome{{Lost: 2, Counted: 1}}},
		{"promote", "", []Outcome{{Back: long, Longest: short}}},
		{"promote", "the median is over 50 ms", []Outcome{{Longest: long}}},
		{"promote", "requests failed", []Outcome{{Failed: 1}}},
		{"term", "acknowledged writes were lost", []Outcome{{Lost: 1, Counted: 1}}},
		{"etcd", "the primary changed", []Outcome{{Changes: 1}}},
	} {
		if got := (Row{chosenFault(t, c.key), c.outcomes}).missed(); got != c.want {
			t.Errorf("%s %+v: %q, want %q", c.key, c.outcomes, got, c.want)
		}
	}
	if _, err := choose([]string{"nonsense"}); err == nil {
		t.Error("an unknown row is chosen")
	}
}

func TestDocument(t *testing.T) {
	file := filepath.Join(t.TempDir(), "d.md")
	if err := os.WriteFile(file, []byte("before\n"+tableBegin+"old\n"+tableEnd+"after\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	rows := []Row{{chosenFault(t, "stop"), []Outcome{{Back: 2 * time.Second, Longest: 2100 * time.Millisecond, Requests: 9000, Changes: 1}}}}
	if err := Document(file, "Measured today.", rows); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"before\n", "after\n", "Measured today.", "| SIGSTOP of the primary | 1 | 2000 ms, 2000 ms | 2100 ms, 2100 ms | 9000 | 0 | 0 | 0 | 1 | yes |"} {
		if !strings.Contains(string(text), want) {
			t.Errorf("no %q in:\n%s", want, text)
		}
	}
	if strings.Contains(string(text), "old") {
		t.Error("the old table is still there")
	}
}

func TestDraw(t *testing.T) {
	began := time.Now()
	l := &load{began: began, fault: began.Add(time.Second)}
	for i := range 2000 {
		s := sample{due: began.Add(time.Duration(i) * time.Millisecond), took: time.Duration(i) * time.Microsecond}
		if i%100 == 0 {
			s.err = errors.New("failed")
		}
		l.samples = append(l.samples, s)
	}
	folder := t.TempDir()
	if err := l.draw(filepath.Join(folder, "t.svg"), "a fault"); err != nil {
		t.Fatal(err)
	}
	f, err := os.Open(filepath.Join(folder, "t-a-fault.svg"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close() //nolint:errcheck // only read from
	d := xml.NewDecoder(f)
	paths := 0
	for {
		token, err := d.Token()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if e, ok := token.(xml.StartElement); ok && e.Name.Local == "path" {
			paths++
		}
	}
	if paths != 9 { // an axis, a curve and the fault's line for each chart
		t.Errorf("%d paths, want 9", paths)
	}
}
