package wire

import (
	"bytes"
	"encoding/binary"
	"unicode/utf8"
)

// Foreign is a protocol that a node recognises by the first bytes of a connection and refuses.
type Foreign struct {
	// Name is the protocol's name, as people know it.
	Name string
	// Begins shows how its clients begin a connection, for docs/protocol.md.
	Begins string
	// Reply describes the refusal, for docs/protocol.md.
	Reply string

	greets func(g greeting) bool
	answer func(dst, in []byte, text string) []byte
}

// Answer appends a refusal in the protocol's form to dst. in is the input that Greeting judged. REQUIRES: text is
// printable ASCII of at most 200 bytes.
func (f *Foreign) Answer(dst, in []byte, text string) []byte { return f.answer(dst, in, text) }

// Verdict is what Greeting finds a connection's protocol to be.
type Verdict uint8

const (
	// Unknown: too little input has arrived.
	Unknown Verdict = iota
	// Own: the connection speaks the line dialect.
	Own
	// Other: it speaks another protocol.
	Other
)

// greeting is the beginning of a connection.
type greeting struct {
	in   []byte // everything so far
	line []byte // its first non-empty line without the line end; the rest of in if that has not arrived
	// whole: the line is complete. crlf: it ends in CR LF.
	whole, crlf bool
	// own: the first word is a command of the line dialect.
	own bool
}

// Greeting decides whether a connection that began with in speaks the line dialect. It judges the first non-empty line. own
// reports whether a word is a command of the dialect, whose arguments may have any bytes. Until the verdict is Own, the
// caller must not execute a non-empty line. f is set if the verdict is Other.
func Greeting(in []byte, own func(word []byte) bool) (f *Foreign, v Verdict) {
	g := greeting{in: in, line: in}
	for len(g.line) > 0 && (g.line[0] == '\n' || g.line[0] == '\r' && (len(g.line) == 1 || g.line[1] == '\n')) {
		g.line = g.line[1:]
	}
	g.line = g.line[:min(len(g.line), MaxLine)]
	if i := bytes.IndexByte(g.line, '\n'); i >= 0 {
		g.line, g.whole = g.line[:i], true
		if i > 0 && g.line[i-1] == '\r' {
			g.line, g.crlf = g.line[:i-1], true
		}
	}
	word, _, ended := bytes.Cut(g.line, []byte(" "))
	g.own = (ended || g.whole) && own(word)
	for i := range foreign {
		if foreign[i].greets(g) {
			return &foreign[i], Other
		}
	}
	if g.whole || len(g.line) == MaxLine {
		return nil, Own
	}
	return nil, Unknown
}

// Foreigners are the protocols that Greeting recognises, the most specific first.
func Foreigners() []Foreign { return foreign }

// foreign is the table of protocols. An entry may rely on those before it.
var foreign = []Foreign{
	{"PROXY protocol", "`PROXY TCP4 ...`, or the signature of version 2", "a line", greetsProxy, answerLine},
	{"TLS", "the bytes 16 03", "a fatal alert, `handshake_failure`", greetsTLS, answerTLS},
	{"memcached's binary protocol", "the byte 80", "status 0x81, unknown command", greetsBinaryMemcached, answerBinaryMemcached},
	{"Telnet negotiation", "the byte ff", "a line", greetsTelnet, answerLine},
	{"HTTP/2", "`PRI * HTTP/2.0`", "`GOAWAY` with `PROTOCOL_ERROR`", greetsHTTP2, answerHTTP2},
	{"HTTP", "`GET / HTTP/1.1`, any other method, `Host:`", "`HTTP/1.1 400 Bad Request`", greetsHTTP, answerHTTP},
	{"RTSP or SIP", "`OPTIONS * RTSP/1.0`, `OPTIONS sip:a SIP/2.0`", "`RTSP/1.0 400 Bad Request`", greetsLikeHTTP, answerLikeHTTP},
	{"SSH", "`SSH-2.0-...`", "a line", greetsSSH, answerLine},
	{"SMTP", "`EHLO name`, `HELO name`, `LHLO name`, `MAIL FROM:`", "`554 ...`", greetsSMTP, answerSMTP},
	{"memcached's protocol", "`set key 0 0 5`; `get key` and the other commands when they end in CR LF", "`SERVER_ERROR ...`", greetsMemcached, answerMemcached},
	{"a binary protocol", "a first line that is not a request and has control characters", "a line", greetsBinary, answerLine},
}

func answerLine(dst, _ []byte, text string) []byte {
	dst = append(dst, "ERROR: "...)
	dst = append(dst, text...)
	return append(dst, '\r', '\n')
}

// proxySignature opens a header of the PROXY protocol, version 2.
const proxySignature = "\r\n\r\n\x00\r\nQUIT\n"

func greetsProxy(g greeting) bool {
	return bytes.HasPrefix(g.in, []byte(proxySignature)) || bytes.HasPrefix(g.line, []byte("PROXY TCP")) ||
		bytes.HasPrefix(g.line, []byte("PROXY UNKNOWN"))
}

func greetsTLS(g greeting) bool {
	return len(g.line) > 0 && g.line[0] == 0x16 && (len(g.line) == 1 || g.line[1] == 3)
}

func answerTLS(dst, _ []byte, _ string) []byte {
	return append(dst, 0x15, 3, 3, 0, 2, 2, 40) // alert, TLS 1.2, two bytes: fatal, handshake_failure
}

func greetsBinaryMemcached(g greeting) bool { return len(g.line) > 0 && g.line[0] == 0x80 }

// answerBinaryMemcached appends a response of memcached's binary protocol to the request that in begins with.
func answerBinaryMemcached(dst, in []byte, text string) []byte {
	const headerSize, unknownCommand = 24, 0x81
	var request, h [headerSize]byte
	copy(request[:], in)
	h[0], h[1] = 0x81, request[1] // response, opcode
	binary.BigEndian.PutUint16(h[6:], unknownCommand)
	binary.BigEndian.PutUint32(h[8:], uint32(len(text)))
	copy(h[12:16], request[12:16]) // opaque
	return append(append(dst, h[:]...), text...)
}

func greetsTelnet(g greeting) bool { return len(g.line) > 0 && g.line[0] == 0xff }

func greetsSSH(g greeting) bool { return bytes.HasPrefix(g.line, []byte("SSH-")) }

func greetsSMTP(g greeting) bool {
	word, rest, _ := bytes.Cut(g.line, []byte(" "))
	switch {
	case EqualFold(word, "EHLO"), EqualFold(word, "HELO"), EqualFold(word, "LHLO"):
		return len(rest) > 0
	case EqualFold(word, "MAIL"):
		return len(rest) >= 5 && EqualFold(rest[:5], "FROM:")
	}
	return false
}

func answerSMTP(dst, _ []byte, text string) []byte {
	return append(append(append(dst, "554 "...), text...), '\r', '\n')
}

// binaryFront is how many bytes of an incomplete line greetsBinary looks at.
const binaryFront = 256

// greetsBinary looks for control characters in a line that is not a request; a request's values may have any bytes.
// Characters that a terminal's keys send do not count, since a person may type them by mistake.
func greetsBinary(g greeting) bool {
	if g.own {
		return false
	}
	line := g.line
	if !g.whole {
		line = line[:min(len(line), binaryFront)]
	}
	high := false
	for _, c := range line {
		switch c {
		case '\t', '\r', '\b', 0x1b, 0x7f:
		default:
			if c < ' ' {
				return true
			}
			// In ISO 8859 these are control characters. An incomplete line may end within a UTF-8 character.
			high = high || c >= 0x80 && c < 0xa0
		}
	}
	return high && g.whole && !utf8.Valid(line)
}
