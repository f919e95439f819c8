package workload

import (
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
)

// command is a command of any kind, as a template: words, each made of pieces.
type command struct {
	words [][]piece
	upTo  uint64 // sum of the weights up to this one
}

// piece is text, or what a placeholder stands for.
type piece struct {
	text string
	hole hole
}

type hole uint8

const (
	plainText  hole = iota
	keyHole         // {key}: a key of the workload
	valueHole       // {value}: a value, of a size that goes with the key
	numberHole      // {number}: the key's number
)

var holes = map[string]hole{"key": keyHole, "value": valueHole, "number": numberHole}

// parseCommands reads templates such as "SET {key} {value} EX 60", or "3=GET {key}" with a weight. A word with spaces is
// put into double quotes, and {{ stands for {.
func parseCommands(list []string) (all []command, err error) {
	total := uint64(0)
	for _, text := range list {
		weight, rest := uint64(1), text
		if before, after, ok := strings.Cut(text, "="); ok {
			if n, err := strconv.ParseUint(before, 10, 32); err == nil {
				weight, rest = n, after
			}
		}
		c, err := parseCommand(rest)
		if err != nil {
			return nil, fmt.Errorf("command %q: %w", text, err)
		}
		total += weight
		c.upTo = total
		all = append(all, c)
	}
	if len(all) > 0 && total == 0 {
		return nil, fmt.Errorf("commands: the weights add up to nothing")
	}
	return all, nil
}

func parseCommand(text string) (c command, err error) {
	for text = strings.TrimLeft(text, " "); text != ""; text = strings.TrimLeft(text, " ") {
		var word string
		if quoted, ok := strings.CutPrefix(text, `"`); ok {
			if word, text, ok = strings.Cut(quoted, `"`); !ok {
				return c, fmt.Errorf("a quote is not closed")
			}
		} else {
			word, text, _ = strings.Cut(text, " ")
		}
		pieces, err := parseWord(word)
		if err != nil {
			return c, err
		}
		c.words = append(c.words, pieces)
	}
	if len(c.words) == 0 {
		return c, fmt.Errorf("there is no word in it")
	}
	return c, nil
}

func parseWord(word string) (all []piece, err error) {
	for word != "" {
		text, rest, ok := strings.Cut(word, "{")
		if text != "" {
			all = append(all, piece{text: text})
		}
		if !ok {
			break
		}
		if strings.HasPrefix(rest, "{") {
			all, word = append(all, piece{text: "{"}), rest[1:]
			continue
		}
		name, after, ok := strings.Cut(rest, "}")
		h, known := holes[name]
		if !ok || !known {
			return nil, fmt.Errorf("%q: there are {key}, {value} and {number}; {{ stands for {", "{"+rest)
		}
		all = append(all, piece{hole: h})
		word = after
	}
	return all, nil
}

// draw returns the index of a command.
func (w *Workload) draw(r *rand.PCG) int {
	n := below(r, w.commands[len(w.commands)-1].upTo)
	for i := range w.commands {
		if n < w.commands[i].upTo {
			return i
		}
	}
	return 0
}

// Words are the words of a command. Appending to the same Words again allocates nothing.
type Words struct {
	List [][]byte
	text []byte
	ends []int
}

// Command fills in the words of the command with an index, for a key.
func (w *Workload) Command(into *Words, index int, key uint64) {
	into.List, into.text, into.ends = into.List[:0], into.text[:0], into.ends[:0]
	for _, word := range w.commands[index].words {
		for _, p := range word {
			switch p.hole {
			case plainText:
				into.text = append(into.text, p.text...)
			case keyHole:
				into.text = w.Keys.Append(into.text, key)
			case valueHole:
				into.text = w.Values.Append(into.text, key, 0, w.ValueSize(key))
			case numberHole:
				into.text = strconv.AppendUint(into.text, key, 10)
			}
		}
		into.ends = append(into.ends, len(into.text))
	}
	from := 0
	for _, end := range into.ends { // only now, because text may have moved
		into.List = append(into.List, into.text[from:end])
		from = end
	}
}
