package command

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "rewrite the tables of docs/protocol.md")

const document = "../../docs/protocol.md"

// TestDocument compares the tables of docs/protocol.md with the commands.
func TestDocument(t *testing.T) {
	data, err := os.ReadFile(document)
	if err != nil {
		t.Fatal(err)
	}
	text := string(data)
	for name, table := range map[string]string{"lines": lineTable(), "resp": respTable(), "differences": differenceTable()} {
		start, end := "<!-- "+name+" -->\n", "<!-- /"+name+" -->"
		i, j := strings.Index(text, start), strings.Index(text, end)
		if i < 0 || j < i {
			t.Fatalf("%s has no block %q", document, name)
		}
		i += len(start)
		if text[i:j] != table && !*update {
			t.Errorf("the table %q differs from package command; run go generate ./server/session", name)
		}
		text = text[:i] + table + text[j:]
	}
	if *update {
		if err := os.WriteFile(document, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

func lineTable() string {
	var b strings.Builder
	b.WriteString("| request | reply |\n|---|---|\n")
	for _, l := range Lines() {
		fmt.Fprintf(&b, "| `%s` | %s |\n", l.Usage(), l.Reply)
	}
	return b.String()
}

func respTable() string {
	var b strings.Builder
	b.WriteString("| command | meaning |\n|---|---|\n")
	for _, s := range Specs() {
		usage := strings.TrimSpace(s.Name + " " + s.Syntax)
		fmt.Fprintf(&b, "| `%s` | %s |\n", strings.ReplaceAll(usage, "|", `\|`), s.Summary)
	}
	return b.String()
}

func differenceTable() string {
	var b strings.Builder
	b.WriteString("| command | compared | why |\n|---|---|---|\n")
	for _, d := range Differences() {
		var names []string
		for _, name := range d.Commands {
			names = append(names, "`"+strings.ReplaceAll(name, "|", " ")+"`")
		}
		compare := string(d.Compare)
		if d.Compare == OwnFields {
			compare += ": " + strings.Join(d.Fields, ", ")
		}
		fmt.Fprintf(&b, "| %s | %s | %s |\n", strings.Join(names, ", "), compare, d.What)
	}
	return b.String()
}
