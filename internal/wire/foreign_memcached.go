package wire

import (
	"bytes"
	"strconv"
)

// greetsMemcached recognises a command of memcached's text protocol. Its commands are in lower case and those of the line
// dialect are not. A command that announces a value is recognised whatever its line ends in, because the value that follows
// must not be executed as lines. Any other might be a person's typo, so it must have the right form and end in CR LF, as
// memcached's clients end all lines.
func greetsMemcached(g greeting) bool {
	if !g.whole || g.own {
		return false
	}
	words := bytes.Fields(g.line)
	if len(words) == 0 {
		return false
	}
	switch args := words[1:]; string(words[0]) {
	case "set", "add", "replace", "append", "prepend":
		return (len(args) == 4 || len(args) == 5) && numbers(args[1:4])
	case "cas":
		return (len(args) == 5 || len(args) == 6) && numbers(args[1:5])
	case "ms":
		return len(args) >= 2 && numbers([][]byte{bytes.TrimPrefix(args[1], []byte("S"))}) // S5 in old versions
	case "get", "gets", "mg", "md", "me", "ma":
		return g.crlf && len(args) > 0
	case "gat", "gats":
		return g.crlf && len(args) > 1 && numbers(args[:1])
	case "incr", "decr", "touch":
		return g.crlf && len(args) > 1 && numbers(args[1:2])
	case "delete":
		return g.crlf && (len(args) == 1 || len(args) > 1 && (string(args[1]) == "0" || string(args[1]) == "noreply"))
	case "mn", "version", "quit", "stats", "flush_all", "verbosity", "shutdown",
		"slabs", "lru", "lru_crawler", "cache_memlimit", "extstore", "refresh_certs":
		return g.crlf
	}
	return false
}

// numbers reports whether all words are whole numbers; an expiry may be negative.
func numbers(words [][]byte) bool {
	for _, w := range words {
		if _, err := strconv.ParseInt(string(w), 10, 64); err != nil {
			if _, err := strconv.ParseUint(string(w), 10, 64); err != nil {
				return false
			}
		}
	}
	return true
}

func answerMemcached(dst, _ []byte, text string) []byte {
	return append(append(append(dst, "SERVER_ERROR "...), text...), '\r', '\n')
}
