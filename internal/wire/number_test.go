package wire

import (
	"math"
	"math/big"
	"strconv"
	"strings"
	"testing"
	"time"
)

// intOf is a model of ParseInt: b is valid if the number, printed again, is b.
func intOf(b string) (int64, bool) {
	n, err := strconv.ParseInt(b, 10, 64)
	return n, err == nil && strconv.FormatInt(n, 10) == b
}

func TestParseInt(t *testing.T) {
	rows := []string{"", "-", "+", "0", "-0", "+1", "00", "01", "1", "-1", "12a", " 1", "1 ", "1.0", "0x10", "1_000",
		"９", "--1", "9223372036854775807", "9223372036854775808", "-9223372036854775808", "-9223372036854775809",
		"18446744073709551615", "18446744073709551616", "18446744073709551617", "99999999999999999999",
		"-99999999999999999999", "100000000000000000000", "73786976294838206465", "\x00", "1\x00"}
	r := seeded(t)
	for range 10_000 {
		n := strconv.FormatInt(int64(r.Uint64())>>r.IntN(64), 10)
		rows = append(rows, n, n+strconv.Itoa(r.IntN(10)), n[:r.IntN(len(n))])
		b := []byte(n)
		b[r.IntN(len(b))] = "0123456789+- a"[r.IntN(14)]
		rows = append(rows, string(b))
	}
	for _, row := range rows {
		n, ok := ParseInt([]byte(row))
		want, wantOK := intOf(row)
		if ok != wantOK || ok && n != want {
			t.Errorf("ParseInt(%q) is %d, %v, want %d, %v", row, n, ok, want, wantOK)
		}
	}
}

func TestParseCursor(t *testing.T) {
	for _, r := range []struct {
		in   string
		want uint64
		ok   bool
	}{
		{"0", 0, true}, {"18446744073709551615", math.MaxUint64, true}, {"007", 7, true}, {"+7", 7, true},
		{"", 0, true}, {"-1", math.MaxUint64, true}, {"-0", 0, true}, {"5\x00x", 5, true}, {"\x00", 0, true},
		{"18446744073709551616", 0, false}, {"-", 0, false}, {"--1", 0, false}, {"+", 0, false}, {"++1", 0, false}, {"+-1", 0, false},
		{" 1", 0, false}, {"1 ", 0, false}, {"x", 0, false}, {"0x1", 0, false}, {"1_0", 0, false},
	} {
		if n, ok := ParseCursor([]byte(r.in)); ok != r.ok || ok && n != r.want {
			t.Errorf("ParseCursor(%q) is %d, %v", r.in, n, ok)
		}
	}
}

// TestParseFloat accepts what the C library's strtold accepts as a whole, without spaces, and compares how the number is
// printed.
func TestParseFloat(t *testing.T) {
	for _, r := range []struct{ in, want string }{
		{"0", "0"}, {"-0", "0"}, {"0.0", "0"}, {"10.50", "10.5"}, {".5", "0.5"}, {"5.", "5"}, {"+1", "1"},
		{"3.0e3", "3000"}, {"5.0E3", "5000"}, {"1e-3", "0.001"}, {"-1.25", "-1.25"}, {"00012", "12"},
		{"0.1", "0.1"}, {"0.00000000000000001", "0.00000000000000001"}, {"0.000000000000000001", "0"},
		{"-0.000000000000000001", "0"}, {"3.14159265358979323846", "3.14159265358979324"},
		{"18446744073709551615", "18446744073709551615"}, {"9223372036854775807", "9223372036854775807"},
		{"0x10", "16"}, {"0x1.8p3", "12"}, {"0XA", "10"}, {"0x0b", "11"}, {"-0x0B", "-11"}, {"0x.8", "0.5"},
		{"1e20", "1" + strings.Repeat("0", 20)}, {strings.Repeat("0", 300) + "1", "1"},
		{"inf", "inf"}, {"-INF", "-inf"}, {"+Infinity", "inf"},
		{"", ""}, {" 1", ""}, {"1 ", ""}, {"\t1", ""}, {"a", ""}, {"1a", ""}, {"1e", ""}, {"e1", ""}, {".", ""},
		{"--1", ""}, {"+-1", ""}, {"--inf", ""}, {"infin", ""}, {"nan", ""}, {"-nan", ""}, {"1_000", ""}, {"0b1", ""},
		{"0o7", ""}, {"0x", ""}, {"0xg", ""}, {"1p3", ""}, {"1.5p1", ""}, {"1\x00", ""}, {"1e999999", ""}, {"-1e5000", ""},
		{"1e-5000", ""}, {"1e99999999999999999999", ""}, {"1e2147483647", ""}, {"1e-2147483647", ""},
	} {
		start := time.Now()
		f, ok := ParseFloat([]byte(r.in))
		if ok != (r.want != "") {
			t.Errorf("ParseFloat(%q) is %v, %v", r.in, f, ok)
		} else if ok {
			got := ""
			switch {
			case !f.IsInf():
				got = string(AppendFloat(nil, f))
			case f.Sign() < 0:
				got = "-inf"
			default:
				got = "inf"
			}
			if got != r.want {
				t.Errorf("%q is printed as %q, want %q", r.in, got, r.want)
			}
		}
		if took := time.Since(start); took > 20*time.Second { // big takes hours for some exponents
			t.Errorf("%q takes %v", r.in, took)
		}
	}
}

// TestFloatRoundTrip checks that a printed number can be read again, and differs
// from the exact one by less than the last digit printed.
func TestFloatRoundTrip(t *testing.T) {
	r := seeded(t)
	for range 5000 {
		in := strconv.FormatFloat(math.Ldexp(r.Float64()-0.5, r.IntN(2000)-1000), 'g', -1, 64)
		f, ok := ParseFloat([]byte(in))
		if !ok {
			t.Fatalf("%q is refused", in)
		}
		text := string(AppendFloat([]byte("x"), f))[1:]
		again, ok := ParseFloat([]byte(text))
		if !ok {
			t.Fatalf("%q, printed for %q, is refused", text, in)
		}
		exact, _ := new(big.Rat).SetString(in)
		shown, _ := new(big.Rat).SetString(text)
		off, _ := new(big.Float).SetRat(new(big.Rat).Sub(exact, shown)).Float64()
		size, _ := new(big.Float).SetRat(exact).Float64()
		if most := max(1e-17, math.Abs(size)*math.Ldexp(1, -62)); math.Abs(off) > most {
			t.Fatalf("%q is printed as %q", in, text)
		}
		if i := strings.IndexByte(text, '.'); i >= 0 && strings.HasSuffix(text, "0") || strings.ContainsAny(text, "eE") {
			t.Fatalf("%q is printed as %q", in, text)
		}
		if string(AppendFloat(nil, again)) != text {
			t.Fatalf("%q is read as %v", text, again)
		}
	}
}
