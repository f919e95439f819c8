package testkit

import (
	"fmt"
	"math"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// number matches a figure of a table.
var number = regexp.MustCompile(`\d[\d,]*(\.\d+)?`)

// Table compares the table called name in a document with got: the text must be the same, and each number within a part
// tolerance of the document's. With update it replaces the document's table by got instead.
func Table(t testing.TB, document, name, got string, tolerance float64, update bool) {
	t.Helper()
	text, err := os.ReadFile(document)
	if err != nil {
		t.Fatal(err)
	}
	begin, end := fmt.Sprintf("<!-- table %s -->\n", name), "<!-- end of the table -->"
	before, rest, ok := strings.Cut(string(text), begin)
	was, after, ok2 := strings.Cut(rest, end)
	switch {
	case !ok || !ok2:
		t.Fatalf("%s has no table called %s", document, name)
	case update:
		if err := os.WriteFile(document, []byte(before+begin+got+end+after), 0o644); err != nil {
			t.Fatal(err)
		}
	case !sameTable(was, got, tolerance):
		t.Errorf("the table %s in %s is out of date; run this test with -update. It should be:\n%s", name, document, got)
	}
}

func sameTable(a, b string, tolerance float64) bool {
	figures, others := number.FindAllString(a, -1), number.FindAllString(b, -1)
	if number.ReplaceAllString(a, "#") != number.ReplaceAllString(b, "#") {
		return false
	}
	for i, f := range figures {
		x, y := figure(f), figure(others[i])
		if math.Abs(x-y) > tolerance*max(math.Abs(x), math.Abs(y)) {
			return false
		}
	}
	return true
}

func figure(text string) float64 {
	f, err := strconv.ParseFloat(strings.ReplaceAll(text, ",", ""), 64)
	if err != nil {
		return math.NaN()
	}
	return f
}
