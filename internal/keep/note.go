package keep

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
)

// MaxNote is the greatest length of a note in bytes. It lies in one page with its head, so that writing it seldom tears.
const MaxNote = 4096 - noteHead

// noteHead is the size of a note's checksum, of all that follows it, and its length.
const noteHead = 8

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// Note returns the note that was written last, in this process or an earlier one; nil: there is none, or it is torn.
func (k *Keeper) Note() []byte {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.note == nil {
		return nil
	}
	b := make([]byte, noteHead+MaxNote)
	if _, err := k.note.ReadAt(b, 0); err != nil {
		return nil
	}
	n := binary.LittleEndian.Uint32(b[4:])
	if n == 0 || n > MaxNote || crc32.Checksum(b[4:noteHead+n], castagnoli) != binary.LittleEndian.Uint32(b) {
		return nil
	}
	return b[noteHead : noteHead+n]
}

// SetNote replaces the note. It survives the process, however that ends.
func (k *Keeper) SetNote(note []byte) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	if len(note) > MaxNote {
		return errors.New("the note of the position is too long")
	}
	if k.note == nil {
		f, err := k.shelf.Make(positionName, noteHead+MaxNote)
		if err != nil {
			return err
		}
		k.note = f
	}
	b := make([]byte, noteHead, noteHead+len(note))
	binary.LittleEndian.PutUint32(b[4:], uint32(len(note)))
	b = append(b, note...)
	binary.LittleEndian.PutUint32(b, crc32.Checksum(b[4:], castagnoli))
	if _, err := k.note.WriteAt(b, 0); err != nil {
		return fmt.Errorf("note the position: %w", err)
	}
	return nil
}
