package wire

import (
	"fmt"
	"reflect"
	"strings"
	"testing"
)

// request encodes a request as an array of bulk strings.
func request(args ...string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "*%d\r\n", len(args))
	for _, a := range args {
		fmt.Fprintf(&b, "$%d\r\n%s\r\n", len(a), a)
	}
	return b.String()
}

func quotedArgs(args ...string) string {
	text := "inline=false"
	for _, a := range args {
		text += fmt.Sprintf(" %q", a)
	}
	return text
}

var long = strings.Repeat("x", MaxKept)

// respRows are inputs and the requests in them. Input after an error is not decoded.
var respRows = []struct {
	name, in string
	want     []string
}{
	{"nothing", "", nil},
	{"one", request("GET", "a"), []string{quotedArgs("GET", "a")}},
	{"short", request("PING"), []string{quotedArgs("PING")}},
	{"empty arguments", request("", "", ""), []string{quotedArgs("", "", "")}},
	{"CRLF in an argument", request("SET", "\r\n", "\r\n$3\r\n"), []string{quotedArgs("SET", "\r\n", "\r\n$3\r\n")}},
	{"ten arguments", request("0", "1", "2", "3", "4", "5", "6", "7", "8", "9"),
		[]string{quotedArgs("0", "1", "2", "3", "4", "5", "6", "7", "8", "9")}},
	{"several", request("SET", "k", "v") + request("GET", "k") + request("PING"),
		[]string{quotedArgs("SET", "k", "v"), quotedArgs("GET", "k"), quotedArgs("PING")}},
	{"99,999 bytes", request("SET", "k", long[:99999]), []string{quotedArgs("SET", "k", long[:99999])}},
	{"100,000 bytes", request("SET", "k", long[:100000]), []string{quotedArgs("SET", "k", long[:100000])}},
	{"the longest kept", request("SET", "k", long), []string{quotedArgs("SET", "k", long)}},
	{"empty arrays", "*0\r\n*-1\r\n*-7\r\n" + request("PING"),
		[]string{quotedArgs(), quotedArgs(), quotedArgs(), quotedArgs("PING")}},
	{"any byte after CR", "*1\rx$4\ryPINGzz", []string{quotedArgs("PING")}},
	{"inline", "PING\r\nGET a\n\r\n" + request("PING") + "x\r\r\n",
		[]string{`inline=true "PING"`, `inline=true "GET a"`, `inline=true ""`, quotedArgs("PING"), `inline=true "x\r"`}},
	{"incomplete", request("GET", "a") + "*2\r\n$3\r\nGET\r\n$1\r\na", []string{quotedArgs("GET", "a")}},

	{"no count", "*\r\n", []string{"Protocol error: invalid multibulk length"}},
	{"a count of letters", "*abc\r\n", []string{"Protocol error: invalid multibulk length"}},
	{"a leading zero", "*01\r\n$4\r\nPING\r\n", []string{"Protocol error: invalid multibulk length"}},
	{"a plus sign", "*+1\r\n$4\r\nPING\r\n", []string{"Protocol error: invalid multibulk length"}},
	{"a space", "*1 \r\n$4\r\nPING\r\n", []string{"Protocol error: invalid multibulk length"}},
	{"too many", fmt.Sprintf("*%d\r\n", MaxArgs+1), []string{"Protocol error: invalid multibulk length"}},
	{"far too many", "*20000000000\r\n", []string{"Protocol error: invalid multibulk length"}},
	{"beyond int64", "*9223372036854775808\r\n", []string{"Protocol error: invalid multibulk length"}},
	{"no dollar", "*1\r\nx4\r\nPING\r\n", []string{"Protocol error: expected '$', got 'x'"}},
	{"no dollar in the second", "*2\r\n$3\r\nGET\r\n:1\r\n", []string{"Protocol error: expected '$', got ':'"}},
	{"no header", "*1\r\n\r\n", []string{"Protocol error: expected '$', got '\r'"}},
	{"no length", "*1\r\n$\r\n", []string{"Protocol error: invalid bulk length"}},
	{"a length of letters", "*1\r\n$x\r\n", []string{"Protocol error: invalid bulk length"}},
	{"a negative length", "*1\r\n$-1\r\n", []string{"Protocol error: invalid bulk length"}},
	{"a length with a leading zero", request("PING") + "*2\r\n$03\r\nGET\r\n$1\r\na\r\n",
		[]string{quotedArgs("PING"), "Protocol error: invalid bulk length"}},
	{"too long", fmt.Sprintf("*1\r\n$%d\r\n", MaxBulk+1), []string{"Protocol error: invalid bulk length"}},
	{"an endless count", "*" + strings.Repeat("1", MaxInline), []string{"Protocol error: too big mbulk count string"}},
	{"an endless length", "*1\r\n$" + strings.Repeat("1", MaxInline), []string{"Protocol error: too big bulk count string"}},
	{"an endless line", strings.Repeat("a", MaxInline+1), []string{"Protocol error: too big inline request"}},
	{"after an error", "*1\r\nx\r\n" + request("PING"), []string{"Protocol error: expected '$', got 'x'"}},
	{"too much in all", request(append([]string{"MSET"}, strings.Fields(strings.Repeat(long+" ", 128))...)...),
		[]string{"Protocol error: too big request"}},
}

// TestRESP decodes every row whole and cut in two places: every two if it is short,
// else random ones.
func TestRESP(t *testing.T) {
	r := seeded(t)
	for _, row := range respRows {
		in := []byte(row.in)
		check := func(cuts ...int) {
			if got := decode(t, in, cuts...).got; !reflect.DeepEqual(got, row.want) {
				t.Errorf("%s, cut at %v: %.300q, want %.300q", row.name, cuts, got, row.want)
			}
		}
		check()
		if len(in) < 200 {
			for i := range in {
				for j := i; j <= len(in); j++ {
					check(i, j)
				}
			}
			continue
		}
		for range 5 {
			i := r.IntN(len(in))
			check(i, i+r.IntN(len(in)-i))
			check(len(in)-1, len(in)-1)
		}
	}
}
