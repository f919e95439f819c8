package errortexts

import (
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
)

const document = "../../docs/errors.md"

var update = flag.Bool("update", false, "write the table of config errors in docs/errors.md anew")

// where lists the packages whose errors each section documents.
var where = map[string][]string{
	"node":        {"cmd/cachegopher", "internal/node", "server", "server/reactor", "server/admin", "server/auth", "internal/certs", "internal/logging", "internal/snapshot", "internal/keep"},
	"replication": {"replica", "replica/move", "replica/move/drive"},
	"etcd":        {"internal/coordination"},
	"client":      {"client", "ring", "internal/topology"},
}

// TestEveryErrorIsDocumented compares the sections with the code, both ways.
func TestEveryErrorIsDocumented(t *testing.T) {
	for name, folders := range where {
		rows := map[string]bool{}
		for line := range strings.Lines(section(t, name)) {
			cells := strings.Split(strings.Trim(strings.TrimSpace(line), "|"), " | ")
			if text, ok := strings.CutPrefix(strings.TrimSpace(cells[0]), "`"); ok {
				if len(cells) != 3 || strings.TrimSpace(cells[1]) == "" || strings.TrimSpace(cells[2]) == "" {
					t.Errorf("%s: this row lacks a text, a cause or a remedy: %s", name, line)
				}
				rows[strings.TrimSuffix(text, "`")] = false
			}
		}
		for _, folder := range folders {
			for _, e := range read(t, folder).errors() {
				text := cell(e.text)
				if strings.Trim(text, "… :") == "" {
					continue // the error that it wraps has a row
				}
				if _, ok := rows[text]; !ok {
					t.Errorf("the section %q of docs/errors.md has no row for `%s`, which is in %s", name, text, folder)
				}
				rows[text] = true
			}
		}
		for text, used := range rows {
			if !used {
				t.Errorf("the section %q of docs/errors.md has a row for `%s`, which the code does not contain", name, text)
			}
		}
	}
}

// TestConfigErrors compares the table of the config's errors, which is generated from the code.
func TestConfigErrors(t *testing.T) {
	var rows []string
	add := func(e found) {
		if e.remedy == "" {
			e.text, e.remedy, _ = strings.Cut(e.text, "; ")
		}
		if strings.Trim(e.text, "… ") == "" {
			return // the error that it passes on has a row
		}
		if e.remedy == "" {
			t.Errorf("%q does not say what to do about it", e.text)
		}
		rows = append(rows, fmt.Sprintf("| `%s` | %s |\n", cell(e.text), cell(e.remedy)))
	}
	own := read(t, "internal/config")
	for _, e := range slices.Concat(own.faults(), own.errors(), read(t, "cmd/cachegopher").faults(), read(t, "internal/node").faults()) {
		add(e)
	}
	if len(rows) < 80 {
		t.Fatalf("only %d errors were found", len(rows))
	}
	slices.Sort(rows)
	want := "\n| what | what to do |\n|---|---|\n" + strings.Join(slices.Compact(rows), "") + "\n"
	got := section(t, "config")
	if got != want && *update {
		data, err := os.ReadFile(document)
		if err == nil {
			err = os.WriteFile(document, []byte(strings.Replace(string(data), got, want, 1)), 0o644)
		}
		if err != nil {
			t.Fatal(err)
		}
	} else if got != want {
		t.Errorf("the config's table in docs/errors.md differs from the code; run go test ./internal/errortexts -update")
	}
}

// cell escapes a text for a cell of a table.
func cell(text string) string { return strings.ReplaceAll(text, "|", `\|`) }

// section returns the part of docs/errors.md between the two comments with name.
func section(t *testing.T, name string) string {
	t.Helper()
	data, err := os.ReadFile(document)
	if err != nil {
		t.Fatal(err)
	}
	_, rest, ok := strings.Cut(string(data), "<!-- "+name+" -->\n")
	body, _, ends := strings.Cut(rest, "<!-- /"+name+" -->\n")
	if !ok || !ends {
		t.Fatalf("docs/errors.md has no section %q", name)
	}
	return body
}
