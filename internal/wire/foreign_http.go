package wire

import (
	"bytes"
	"encoding/binary"
	"fmt"
)

// LooksLikeHTTP reports whether a line is the first line or the Host header of an HTTP request, which a web page may have
// made a browser send to this port.
func LooksLikeHTTP(line []byte) bool {
	for _, word := range [...]string{"POST ", "post ", "Host:", "host:"} {
		if bytes.HasPrefix(line, []byte(word)) {
			return true
		}
	}
	line = bytes.TrimRight(line, "\r")
	return bytes.HasPrefix(line, []byte("GET /")) && bytes.Contains(line, []byte(" HTTP/1."))
}

// version returns the last word of a line like "GET / HTTP/1.1", the first line of a request in HTTP and similar protocols;
// nil for any other line. Of the methods, only GET and DELETE are also commands of the line dialect, and both take one
// argument there, so the third word tells them apart.
func (g greeting) version() []byte {
	if !g.whole {
		return nil
	}
	words := bytes.Split(g.line, []byte(" "))
	if len(words) != 3 || g.own && string(words[0]) != "GET" && string(words[0]) != "DELETE" {
		return nil
	}
	name, number, ok := bytes.Cut(words[2], []byte("/"))
	if !ok || len(number) != 3 || number[1] != '.' || len(name) < 3 || !isUpper(name) || !isUpper(words[0]) {
		return nil
	}
	return words[2]
}

func isUpper(word []byte) bool {
	for _, c := range word {
		if c < 'A' || c > 'Z' {
			return false
		}
	}
	return len(word) > 0
}

func greetsHTTP(g greeting) bool {
	return LooksLikeHTTP(g.line) || bytes.HasPrefix(g.version(), []byte("HTTP/"))
}

func answerHTTP(dst, _ []byte, text string) []byte {
	return fmt.Appendf(dst, "HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s\n", len(text)+1, text)
}

func greetsLikeHTTP(g greeting) bool { return g.version() != nil }

func answerLikeHTTP(dst, in []byte, _ string) []byte {
	line, _, _ := bytes.Cut(bytes.TrimLeft(in, "\r\n"), []byte("\n"))
	version := bytes.TrimRight(line[bytes.LastIndexByte(line, ' ')+1:], "\r")
	return append(append(dst, version...), " 400 Bad Request\r\n\r\n"...)
}

func greetsHTTP2(g greeting) bool { return bytes.HasPrefix(g.line, []byte("PRI * HTTP/")) }

// answerHTTP2 appends an empty SETTINGS frame, which HTTP/2 requires first, and GOAWAY.
func answerHTTP2(dst, _ []byte, text string) []byte {
	const settings, goAway, protocolError = 4, 7, 1
	dst = append(dst, 0, 0, 0, settings, 0, 0, 0, 0, 0)
	dst = append(dst, 0, 0, byte(8+len(text)), goAway, 0, 0, 0, 0, 0)
	dst = append(dst, 0, 0, 0, 0) // the last stream served: none
	dst = binary.BigEndian.AppendUint32(dst, protocolError)
	return append(dst, text...)
}
