package wire

import (
	"strconv"
	"strings"
)

// The functions below append one part of a RESP reply to dst and return it. Where
// the versions of the protocol differ, p is the connection's, 2 or 3.

// AppendInt appends n in decimal.
func AppendInt(dst []byte, n int64) []byte {
	if uint64(n) < 10 {
		return append(dst, byte('0'+n))
	}
	return strconv.AppendInt(dst, n, 10)
}

func header(dst []byte, kind byte, n int64) []byte {
	dst = append(dst, kind)
	dst = AppendInt(dst, n)
	return append(dst, '\r', '\n')
}

// Simple appends a simple string. REQUIRES: s has no CR or LF.
func Simple(dst []byte, s string) []byte {
	dst = append(dst, '+')
	dst = append(dst, s...)
	return append(dst, '\r', '\n')
}

// Error appends an error reply: a code with a space, as in "ERR ", and text. The
// code may be empty if text begins with one. Line ends around text are removed,
// those within it become spaces.
func Error(dst []byte, code, text string) []byte {
	dst = append(dst, '-')
	dst = append(dst, code...)
	for i, text := 0, strings.Trim(text, "\r\n"); i < len(text); i++ {
		c := text[i]
		if c == '\r' || c == '\n' {
			c = ' '
		}
		dst = append(dst, c)
	}
	return append(dst, '\r', '\n')
}

// Int appends an integer reply.
func Int(dst []byte, n int64) []byte { return header(dst, ':', n) }

// BulkHeader opens a bulk string; the caller appends n bytes and CRLF.
func BulkHeader(dst []byte, n int) []byte { return header(dst, '$', int64(n)) }

// Bulk appends a bulk string.
func Bulk(dst, b []byte) []byte {
	dst = header(dst, '$', int64(len(b)))
	dst = append(dst, b...)
	return append(dst, '\r', '\n')
}

// BulkString appends a bulk string.
func BulkString(dst []byte, s string) []byte {
	dst = header(dst, '$', int64(len(s)))
	dst = append(dst, s...)
	return append(dst, '\r', '\n')
}

// Null appends the null reply.
func Null(dst []byte, p int) []byte {
	if p >= 3 {
		return append(dst, "_\r\n"...)
	}
	return append(dst, "$-1\r\n"...)
}

// NullArray appends the null array.
func NullArray(dst []byte, p int) []byte {
	if p >= 3 {
		return append(dst, "_\r\n"...)
	}
	return append(dst, "*-1\r\n"...)
}

// Array opens an array of n replies.
func Array(dst []byte, n int) []byte { return header(dst, '*', int64(n)) }

// Map opens a map of n pairs; in RESP2 an array of twice as many replies.
func Map(dst []byte, p, n int) []byte {
	if p >= 3 {
		return header(dst, '%', int64(n))
	}
	return header(dst, '*', int64(2*n))
}

// Set opens a set of n replies; in RESP2 an array.
func Set(dst []byte, p, n int) []byte {
	if p >= 3 {
		return header(dst, '~', int64(n))
	}
	return header(dst, '*', int64(n))
}

// Verbatim appends a verbatim string of format txt; in RESP2 a bulk string.
func Verbatim(dst []byte, p int, s string) []byte {
	if p < 3 {
		return BulkString(dst, s)
	}
	dst = header(dst, '=', int64(len(s)+4))
	dst = append(dst, "txt:"...)
	dst = append(dst, s...)
	return append(dst, '\r', '\n')
}
