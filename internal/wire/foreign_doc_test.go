package wire

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "rewrite the table of other protocols in docs/protocol.md")

// TestForeignersAreDocumented compares the table of other protocols with the code.
func TestForeignersAreDocumented(t *testing.T) {
	const document, start, end = "../../docs/protocol.md", "<!-- foreign -->\n", "<!-- /foreign -->"
	data, err := os.ReadFile(document)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, ok := strings.Cut(string(data), start)
	got, after, ends := strings.Cut(rest, end)
	if !ok || !ends {
		t.Fatalf("%s has no block %q", document, start)
	}
	want := "| protocol | first bytes of the connection | reply |\n|---|---|---|\n"
	for _, f := range Foreigners() {
		want += fmt.Sprintf("| %s | %s | %s |\n", f.Name, f.Begins, f.Reply)
	}
	if got == want {
		return
	}
	if !*update {
		t.Errorf("the table in %s differs from the code; run go test ./internal/wire -run Foreigners -update", document)
		return
	}
	if err := os.WriteFile(document, []byte(before+start+want+end+after), 0o644); err != nil {
		t.Fatal(err)
	}
}
