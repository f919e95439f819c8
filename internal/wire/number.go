package wire

import (
	"math/big"
	"math/bits"
	"strconv"
	"strings"
)

// ParseInt reads a decimal integer as strictly as Redis does (string2ll): an int64
// without spaces, plus sign or leading zeros.
func ParseInt(b []byte) (n int64, ok bool) {
	if len(b) == 0 || len(b) > 20 {
		return 0, false
	}
	if len(b) == 1 && b[0] == '0' {
		return 0, true
	}
	neg := b[0] == '-'
	if neg {
		b = b[1:]
	}
	if len(b) == 0 || b[0] < '1' || b[0] > '9' {
		return 0, false
	}
	var u uint64
	for _, c := range b {
		d := uint64(c - '0')
		if d > 9 {
			return 0, false
		}
		hi, lo := bits.Mul64(u, 10)
		sum, carry := bits.Add64(lo, d, 0)
		if hi != 0 || carry != 0 {
			return 0, false
		}
		u = sum
	}
	if neg {
		return -int64(u), u <= 1<<63
	}
	return int64(u), u < 1<<63
}

// ParseCursor reads an unsigned decimal as Redis reads a cursor (strtoul): the
// empty text is 0, a sign and leading zeros are allowed, spaces are not, and a NUL
// ends the number.
func ParseCursor(b []byte) (n uint64, ok bool) {
	text, _, _ := strings.Cut(string(b), "\x00")
	if text == "" {
		return 0, true
	}
	digits := strings.TrimPrefix(text, "-")
	neg := digits != text
	if !neg {
		digits = strings.TrimPrefix(text, "+")
	}
	n, err := strconv.ParseUint(digits, 10, 64)
	if neg {
		n = -n
	}
	return n, err == nil
}

// The format of the x87 long double that Redis computes with: bits of the mantissa,
// and the exponents of the greatest and the least number.
const (
	floatPrecision = 64
	floatMaxExp    = 16384
	floatMinExp    = -16444
)

// maxFloatText is the longest text that Redis reads as a number; the greatest
// number that it prints has 4933 digits.
const maxFloatText = 5*1024 - 1

// ParseFloat reads a number as Redis reads a long double. It refuses numbers out of
// range, and those so small that they would become zero.
func ParseFloat(b []byte) (f *big.Float, ok bool) {
	if len(b) == 0 || len(b) > maxFloatText || isSpace(b[0]) {
		return nil, false
	}
	s := strings.ToLower(string(b))
	digits := s
	if s[0] == '+' || s[0] == '-' {
		digits = s[1:]
	}
	base := 10
	switch {
	case digits == "inf" || digits == "infinity":
		return new(big.Float).SetInf(s[0] == '-'), true
	case strings.HasPrefix(digits, "0x"):
		base = 0 // the prefix decides; with base 0, big allows underscores
	case strings.Contains(digits, "p"):
		return nil, false // an exponent of two, which big allows after decimal digits
	}
	if strings.Contains(digits, "_") {
		return nil, false
	}
	f, _, err := big.ParseFloat(s, base, floatPrecision, big.ToNearestEven)
	if err != nil || !FitsFloat(f) {
		return nil, false
	}
	if mantissa, _, _ := strings.Cut(digits, "e"); base == 10 && f.Sign() == 0 && strings.ContainsAny(mantissa, "123456789") {
		return nil, false // big rounded it to zero
	}
	return f, true
}

// FitsFloat reports whether f is a finite number within the range of a long double.
func FitsFloat(f *big.Float) bool {
	exp := f.MantExp(nil)
	return !f.IsInf() && (f.Sign() == 0 || exp <= floatMaxExp && exp >= floatMinExp)
}

// FloatOverflows reports whether f is larger than any finite long double, of either sign.
func FloatOverflows(f *big.Float) bool { return f.IsInf() || f.MantExp(nil) > floatMaxExp }

// AppendFloat appends f as Redis prints the result of INCRBYFLOAT: with up to 17
// digits after the point and without trailing zeros.
func AppendFloat(dst []byte, f *big.Float) []byte {
	start := len(dst)
	dst = f.Append(dst, 'f', 17)
	for dst[len(dst)-1] == '0' {
		dst = dst[:len(dst)-1]
	}
	if dst[len(dst)-1] == '.' {
		dst = dst[:len(dst)-1]
	}
	if string(dst[start:]) == "-0" {
		dst = append(dst[:start], '0')
	}
	return dst
}
