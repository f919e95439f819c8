package shellwords

import (
	"errors"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

func TestSplit(t *testing.T) {
	for _, c := range []struct {
		line string
		want []string
	}{
		{"", nil},
		{" \t ", nil},
		{"GET a", []string{"GET", "a"}},
		{"  SET  a\tb  ", []string{"SET", "a", "b"}},
		{`SET a 'hello, wide world'`, []string{"SET", "a", "hello, wide world"}},
		{`SET a "x \" \\ \$ \a y"`, []string{"SET", "a", `x " \ $ \a y`}},
		{`a'b'"c"\d`, []string{"abcd"}},
		{`'' ""`, []string{"", ""}},
		{`a\ b`, []string{"a b"}},
		{`$'\n\t\x00\xff\101\u00e9\U0001F600\'\\'`, []string{"\n\t\x00\xffA\u00e9\U0001F600'\\"}},
		{`$x $ a$'b'`, []string{"$x", "$", "ab"}},
		{`it\'s`, []string{"it's"}},
		{`'a#b' #c | ; > *`, []string{"a#b", "#c", "|", ";", ">", "*"}},
		{"\xff\x00", []string{"\xff\x00"}},
		{`-5 - '-'`, []string{"-5", "-", "-"}},
		{`$'\x4'1`, []string{"\x041"}},
		{`$'\12'`, []string{"\n"}},
	} {
		words, err := Split(c.line)
		if err != nil || !slices.Equal(Texts(words), c.want) && len(words)+len(c.want) > 0 {
			t.Errorf("%q gives %q, %v; want %q", c.line, Texts(words), err, c.want)
		}
	}
}

func TestSplitQuotedAndPlaces(t *testing.T) {
	line := `SET k - '-' \-`
	words, err := Split(line)
	if err != nil || len(words) != 5 {
		t.Fatal(words, err)
	}
	for i, quoted := range []bool{false, false, false, true, true} {
		if words[i].Quoted != quoted {
			t.Errorf("word %d: quoted is %v", i, words[i].Quoted)
		}
	}
	if got := line[words[3].Start:words[3].End]; got != "'-'" {
		t.Errorf("word 3 is at %q", got)
	}
}

func TestSplitErrors(t *testing.T) {
	for _, c := range []struct {
		line, what string
		open       bool
		before     int
	}{
		{`SET a 'b`, "column 7: the quote ' is not closed", true, 2},
		{`SET "a`, `column 5: the quote " is not closed`, true, 1},
		{`$'a`, "column 1: the quote $' is not closed", true, 0},
		{`$'a\`, "column 4: the quote $' is not closed", true, 0},
		{`a\`, `column 2: nothing follows the backslash; write \\ for one`, true, 0},
		{`a $'\q'`, `column 5: \'q' is no escape; write \\ for a backslash`, false, 1},
		{`$'\xg'`, `column 3: digits must follow \x`, false, 0},
		{`$'\777'`, `column 3: \777 is no byte; the largest is \377`, false, 0},
		{`$'\ud800'`, `column 3: \ud800 is no character`, false, 0},
		{`$'\UFFFFFFFF'`, `column 3: \UFFFFFFFF is no character`, false, 0},
	} {
		words, err := Split(c.line)
		var e *Error
		if !errors.As(err, &e) || err.Error() != c.what || e.Open != c.open || len(words) != c.before {
			t.Errorf("%s: %v (%d words before)", c.line, err, len(words))
		}
	}
}

func TestQuote(t *testing.T) {
	for text, want := range map[string]string{
		"":              "''",
		"user:42":       "user:42",
		"hello, world":  "'hello, world'",
		"it's":          `'it'\''s'`,
		"a\nb":          `$'a\nb'`,
		"\x00\xff'\\":   `$'\x00\xff\'\\'`,
		"é":             "'é'",
		"\u202eabc":     `$'\xe2\x80\xaeabc'`,
		"$'x'":          `'$'\''x'\'''`,
		"tab\tand cr\r": `$'tab\tand cr\r'`,
	} {
		if got := Quote(text); got != want {
			t.Errorf("%q is quoted %s, want %s", text, got, want)
		}
	}
}

// TestBashAgrees compares Split with bash.
func TestBashAgrees(t *testing.T) {
	bash, err := exec.LookPath("bash")
	if err != nil {
		t.Skip("SKIPPED: there is no bash to compare with")
	}
	for _, line := range []string{
		`a "b c" 'd e' f\ g`, `"\" \\ \$ \a"`, `a'b'"c"\d`, `$'\n\t\x41\101\u00e9\'\\\e'`, `'' "" x`, `$'\x4'1 $'\12'`, `it\'s`,
	} {
		out, err := exec.Command(bash, "-c", "LC_ALL=C.UTF-8; printf '%s\\0' "+line).Output()
		if err != nil {
			t.Fatal(err)
		}
		words, err := Split(line)
		if got := strings.Join(Texts(words), "\x00") + "\x00"; err != nil || got != string(out) {
			t.Errorf("%s is %q, %v; bash says %q", line, got, err, out)
		}
	}
}

// FuzzSplit checks that quoted text is read back, alone and between others, and that words lie
// in order inside the line.
func FuzzSplit(f *testing.F) {
	for _, s := range []string{"", `SET a 'b c' "d\"" $'\x00'`, `a\`, `$'\u12'`, "'\n", `$'\777`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		words, err := Split(s)
		at := 0
		for _, w := range words {
			if w.Start < at || w.End <= w.Start || w.End > len(s) {
				t.Fatalf("%q: word %+v after %d", s, w, at)
			}
			at = w.End
		}
		var e *Error
		if err != nil && (!errors.As(err, &e) || e.Offset < at || e.Offset >= len(s)) {
			t.Fatalf("%q: %v after %d", s, err, at)
		}
		quoted := []string{Quote(s)}
		for _, w := range words {
			quoted = append(quoted, Quote(w.Text))
		}
		again, err := Split(strings.Join(quoted, " "))
		if err != nil || !slices.Equal(Texts(again), append([]string{s}, Texts(words)...)) {
			t.Fatalf("%q: quoted %s, read back as %q, %v", s, quoted, Texts(again), err)
		}
	})
}
