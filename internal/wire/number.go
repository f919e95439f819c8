package wire

import (
	"math/big"
	"math/bits"
	"strconv"
	"strings"
)

// ParseInt reads a decimal integer as strictly as Redis does (string2ll): no
// spaces, no plus sign, no leading zeros, nothing after it, within int64.
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

// ParseCursor reads an unsigned decimal as Redis reads a cursor: leading spaces
// refused, any other that strtoul takes whole accepted.
func ParseCursor(b []byte) (n uint64, ok bool) {
	n, err := strconv.ParseUint(strings.TrimPrefix(string(b), "+"), 10, 64)
	return n, err == nil
}

// floatPrecision is the mantissa of the long double that Redis computes with.
const floatPrecision = 64

// ParseFloat reads a number as Redis reads a long double.
func ParseFloat(b []byte) (f *big.Float, ok bool) {
	if len(b) == 0 || len(b) > 255 || isSpace(b[0]) {
		return nil, false
	}
	s := strings.ToLower(string(b))
	switch strings.TrimLeft(s, "+-") {
	case "inf", "infinity":
		if len(s)-len(strings.TrimLeft(s, "+-")) > 1 {
			return nil, false
		}
		return new(big.Float).SetInf(s[0] == '-'), true
	}
	if strings.ContainsAny(s, "_") || strings.Contains(s, "0b") || strings.Contains(s, "0o") {
		return nil, false
	}
	base := 10
	if strings.HasPrefix(strings.TrimLeft(s, "+-"), "0x") {
		base = 0
	}
	f, _, err := big.ParseFloat(s, base, floatPrecision, big.ToNearestEven)
	if err != nil || f.IsInf() {
		return nil, false
	}
	return f, true
}

// AppendFloat appends f as Redis prints the result of INCRBYFLOAT: 17 digits
// after the point, without trailing zeros.
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
