package architecture

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "draw the parts in docs/architecture.md anew")

const (
	drawingBegin = "<!-- drawing of the parts, by go test ./internal/architecture -update -->\n"
	drawingEnd   = "<!-- end of the drawing -->"
)

// TestDrawing compares the document's drawing with the imports. An arrow is left out where others lead there too.
func TestDrawing(t *testing.T) {
	text, err := os.ReadFile(document)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, ok := strings.Cut(string(text), drawingBegin)
	_, after, ok2 := strings.Cut(rest, drawingEnd)
	if !ok || !ok2 {
		t.Fatalf("%s has no place for the drawing", document)
	}
	want := before + drawingBegin + draw(parts(t), packages(t)) + drawingEnd + after
	if want == string(text) {
		return
	}
	if !*update {
		t.Fatalf("the drawing in %s does not match the imports; run go test ./internal/architecture -update", document)
	}
	if err := os.WriteFile(document, []byte(want), 0o644); err != nil {
		t.Fatal(err)
	}
}

// draw returns a Mermaid flowchart with a node for each part.
func draw(all []part, packages []pkg) string {
	arrows := make([][]bool, len(all))
	for i := range arrows {
		arrows[i] = make([]bool, len(all))
	}
	for _, p := range packages {
		for _, path := range p.inProject() {
			if from, to := partOf(all, p.path), partOf(all, path); from >= 0 && to >= 0 && from != to {
				arrows[from][to] = true
			}
		}
	}
	var b strings.Builder
	b.WriteString("```mermaid\nflowchart TD\n")
	for i, p := range all {
		fmt.Fprintf(&b, "  p%d[\"%s\"]\n", i, strings.Join(p.paths, "<br>"))
	}
	for from := range all {
		for to := range all {
			if arrows[from][to] && !detour(arrows, from, to) {
				fmt.Fprintf(&b, "  p%d --> p%d\n", from, to)
			}
		}
	}
	b.WriteString("```\n")
	return b.String()
}

// detour reports whether a path of several arrows leads from one part to another. Arrows point down the list, so paths do too.
func detour(arrows [][]bool, from, to int) bool {
	reached := make([]bool, len(arrows))
	for next := from + 1; next < len(arrows); next++ {
		reached[next] = arrows[from][next] && next != to
		for via := from + 1; via < next; via++ {
			reached[next] = reached[next] || reached[via] && arrows[via][next]
		}
	}
	return reached[to]
}
