package config

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestUptakeDocument compares the table of docs/operations.md with the keys.
func TestUptakeDocument(t *testing.T) {
	text, err := os.ReadFile("../../docs/operations.md")
	if err != nil {
		t.Fatal(err)
	}
	_, table, _ := strings.Cut(string(text), "### What SIGHUP takes up")
	rows := strings.Split(table, "\n")
	listed := func(part, object string) (names []string) {
		for _, row := range rows {
			if _, when, _ := strings.Cut(row, " | "); !strings.HasPrefix(row, "| ") || !strings.Contains(when, part) {
				continue
			}
			for _, group := range strings.Split(row, ";") {
				if strings.Contains(group, "of a server: ") == (object == "server") && (object == "server" || strings.Contains(group, "of `"+object+"`: ")) {
					_, keys, _ := strings.Cut(group, ": ")
					for _, m := range regexp.MustCompile("`([a-zA-Z_]+)`").FindAllStringSubmatch(keys, -1) {
						names = append(names, m[1])
					}
				}
			}
			return names
		}
		return nil
	}
	for uptake, part := range map[Uptake]string{OnReload: "at once", ByClients: "nodes do not use them"} {
		for _, object := range []string{"server", "security", "logging", "clientConf"} {
			var want []string
			for _, k := range Keys() {
				if name, ok := strings.CutPrefix(k.Name, object+"."); ok && k.Uptake == uptake {
					want = append(want, name)
				}
			}
			if object == "clientConf" {
				want = nil // the table says "all"
			}
			got := listed(part, object)
			slices.Sort(got)
			slices.Sort(want)
			if !slices.Equal(got, want) {
				t.Errorf("%s, %s: the document has %v, the keys are %v", part, object, got, want)
			}
		}
	}
}
