package topology

import (
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
)

// An assignment has thousands of ranges, and each client reads it after each change: with a method for each range that would
// take tens of milliseconds.

// MarshalJSON implements json.Marshaler.
func (r SlotRanges) MarshalJSON() ([]byte, error) {
	if r == nil {
		return []byte("null"), nil
	}
	b := append(make([]byte, 0, 2+14*len(r)), '[')
	for i, one := range r {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, '[')
		b = strconv.AppendUint(b, uint64(one.First), 10)
		b = append(b, ',')
		b = strconv.AppendUint(b, uint64(one.Last), 10)
		b = append(b, ']')
	}
	return append(b, ']'), nil
}

// UnmarshalJSON implements json.Unmarshaler. The data is valid JSON.
func (r *SlotRanges) UnmarshalJSON(data []byte) error {
	if string(data) == "null" {
		return nil
	}
	read := SlotRanges{}
	var ends []int // of the range that is being read
	depth, number := 0, -1
	for _, c := range data {
		switch {
		case c >= '0' && c <= '9' && depth == 2:
			if number = max(number, 0)*10 + int(c-'0'); number > 0xffff {
				return unexpected(data)
			}
		case c == '[' && depth < 2:
			depth, ends = depth+1, ends[:0]
		case c == ',' || c == ']':
			if number >= 0 {
				ends, number = append(ends, number), -1
			}
			if c == ',' {
				continue
			}
			if depth == 2 && len(ends) != 2 {
				return fmt.Errorf("topology: a range of slots has %d ends, not 2", len(ends))
			}
			if depth == 2 {
				read = append(read, SlotRange{uint16(ends[0]), uint16(ends[1])})
			}
			depth--
		case c == ' ' || c == '\t' || c == '\n' || c == '\r':
		default:
			return unexpected(data)
		}
	}
	*r = read
	return nil
}

// unexpected says what is wrong with data, which is valid JSON of something else than ranges.
func unexpected(data []byte) error {
	if err := json.Unmarshal(data, new([][]uint16)); err != nil {
		return err
	}
	return errors.New("topology: a range of slots is missing its ends")
}
