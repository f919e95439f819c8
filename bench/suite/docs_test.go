package suite

import (
	"encoding/xml"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/cachegopher/cachegopher/bench/result"
)

// sample is a report of a section of two runs: ours wins one, the peer the other.
func sample() *result.Report {
	rep := &result.Report{Schema: result.Schema, Command: []string{"cachegopher-bench", "suite"}, Notes: []string{"a doubt"}}
	rep.Machine.Commit = "abc123"
	for i, name := range []string{"GET & go", "SET"} {
		run := &result.Run{Name: name, Section: "A <section>"}
		for k, u := range []string{Ours + "?secondaries=1", Peer, "spawn:valkey-server"} {
			x := &result.Target{URL: u}
			if k == 2 {
				x.Missing = "not installed"
			} else {
				cost := []float64{1, 2}[(i+k)%2]
				for range 3 {
					x.Rounds = append(x.Rounds, &result.Round{Seconds: 1, Requests: 1e6, ServerCPU: cost, Resident: 1 << 20})
				}
			}
			run.Targets = append(run.Targets, x)
		}
		rep.Runs = append(rep.Runs, run)
	}
	return rep
}

func TestDocumentKeepsWhatOthersWrote(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "doc.md")
	if err := os.WriteFile(path, []byte("# Title\n\n"+docsBegin+"\nold\n"+docsEnd+"\n\n## After\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for range 2 { // the second time it finds its own part
		if err := WriteDocs(sample(), path); err != nil {
			t.Fatal(err)
		}
	}
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	doc := string(b)
	if !strings.HasPrefix(doc, "# Title\n\n"+docsBegin) || !strings.HasSuffix(doc, docsEnd+"\n\n## After\n") || strings.Contains(doc, "old") {
		t.Errorf("what is around the markers was changed: %s", doc)
	}
	for _, want := range []string{"commit abc123", "### A <section>", "spawn:valkey-server is missing: not installed", "a doubt",
		"- SET, server CPU: spawn:redis-server 1.00 us, ours 2.00 us", "![A <section>](doc/a-section.svg)"} {
		if strings.Count(doc, want) < 1 {
			t.Errorf("the document lacks %q: %s", want, doc)
		}
	}
	if strings.Contains(doc, "- GET & go") {
		t.Error("a peer that lost is said to win")
	}
	picture, err := os.Open(filepath.Join(dir, "doc", "a-section.svg"))
	if err != nil {
		t.Fatal(err)
	}
	defer picture.Close()
	rects := 0
	for d := xml.NewDecoder(picture); ; {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal("the picture is no XML:", err)
		}
		if e, ok := token.(xml.StartElement); ok && e.Name.Local == "rect" {
			rects++
		}
	}
	if rects != 4+2 { // bars and the legend
		t.Errorf("%d bars and legends", rects)
	}
}

func TestDocumentThatIsNotThereIsMade(t *testing.T) {
	path := filepath.Join(t.TempDir(), "new.md")
	if err := WriteDocs(sample(), path); err != nil {
		t.Fatal(err)
	}
	if b, err := os.ReadFile(path); err != nil || !strings.Contains(string(b), docsBegin) {
		t.Errorf("%v: %s", err, b)
	}
}

// A section of one target has nothing to compare, so no picture.
func TestNoPictureOfOneTarget(t *testing.T) {
	rep := sample()
	for _, run := range rep.Runs {
		run.Targets = run.Targets[:1]
	}
	if svg := drawSection(rep, "A <section>"); svg != "" {
		t.Error(svg)
	}
}
