package config

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"
)

const document = "../../docs/config.md"

var update = flag.Bool("update", false, "write the tables of docs/config.md")

// TestDocument compares the tables of docs/config.md with those of the code. Each stands behind a comment with its name.
func TestDocument(t *testing.T) {
	data, err := os.ReadFile(document)
	if err != nil {
		t.Fatal(err)
	}
	text := string(data)
	for _, o := range []named{
		{"clientConf", new(ClientConf).keys()}, {"server", new(Node).identity()}, {"common", new(Settings).keys()},
		{"security", new(Security).keys()}, {"user", new(User).keys()},
		{"coordination", new(Coordination).keys()}, {"logging", new(Logging).keys()},
	} {
		_, rest, begins := strings.Cut(text, "<!-- "+o.name+": written by go test ./internal/config -update -->\n")
		_, tail, ends := strings.Cut(rest, "<!-- /"+o.name+" -->\n")
		if !begins || !ends {
			t.Fatalf("docs/config.md has no place for the table %q", o.name)
		}
		text = strings.TrimSuffix(text, rest) + markdown(o.table) + "<!-- /" + o.name + " -->\n" + tail
	}
	switch {
	case text == string(data):
	case *update:
		if err := os.WriteFile(document, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	default:
		t.Error("docs/config.md is not what the tables say; run go test ./internal/config -run Document -update")
	}
}

// markdown is a table for readers.
func markdown(keys table) string {
	keys.fill()
	var b strings.Builder
	b.WriteString("\n| key | value | default | a change takes effect | meaning |\n|---|---|---|---|---|\n")
	for _, k := range keys {
		when := map[Uptake]string{AtStart: "at a restart", OnReload: "on SIGHUP", ByClients: "in clients"}[k.uptake]
		value, _, _ := strings.Cut(k.kind.want(), ", in ")
		value, _, _ = strings.Cut(value, ", without ")
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s | %s |\n", k.name, value, defaultOf(k), when, k.doc)
	}
	b.WriteString("\n")
	return b.String()
}

func defaultOf(k key) string {
	switch v := k.kind.show(k.field).(type) {
	case nil, table, []table, []string:
		return "none"
	case string:
		if v == "" {
			return "none"
		}
		text, err := json.Marshal(v)
		if err != nil {
			panic(err)
		}
		return "`" + string(text) + "`"
	default:
		return fmt.Sprint(v)
	}
}
