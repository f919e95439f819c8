package lru

import (
	"encoding/binary"

	"github.com/cachegopher/cachegopher/lru/internal/region"
	"github.com/cachegopher/cachegopher/lru/shadow"
)

// After a clean stop the simulations go on with the keys that they had: else the curve, and AUTO's choice, would be those of an empty
// cache until as many keys as the cache holds have been asked for. Of keys that are not in the cache, which simulations of more
// memory have, nobody else knows. After a kill, the curve waits until it knows enough.

// appendState appends to dst what loadState takes; nothing, if that is more than so many bytes.
func (w *watch) appendState(dst []byte, most int64) []byte {
	w.mu.Lock()
	defer w.mu.Unlock()
	shadow.RemoveGone(&w.gone, w.banks)
	all := []byte{w.unitFlag()}
	for _, b := range [...]*shadow.Bank{w.curveBank(), w.autoBank()} {
		var kept []byte
		if b != nil {
			kept = b.AppendState(nil)
		}
		all = binary.LittleEndian.AppendUint64(all, uint64(len(kept)))
		all = append(all, kept...)
	}
	if int64(len(all)) > most {
		return dst
	}
	return append(dst, all...)
}

// loadState begins with what appendState of an earlier process returned; d may have nothing left. REQUIRES: nobody else knows w.
func (w *watch) loadState(d *region.Decoder) {
	if d.Left() == 0 {
		return
	}
	flag := d.Bytes(1)
	for _, b := range [...]*shadow.Bank{w.curveBank(), w.autoBank()} {
		kept := d.Bytes(d.U64())
		if b == nil || d.Failed() || flag[0] != w.unitFlag() || len(kept) == 0 {
			continue
		}
		if b.LoadState(kept) && b == w.curveBank() {
			w.restored = true
		}
	}
}

// attached says what the cache has from an earlier process: its entries, and what it did.
func (w *watch) attached(st Stats) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.curve != nil {
		w.curve.Before(float64(st.Hits), float64(st.Hits+st.Misses))
		if st.Entries > 0 || st.Evictions > 0 {
			w.setUnshown()
			w.curve.KeepsAll(w.shown())
		}
		if !w.restored && st.Entries > 0 {
			w.curve.Late()
		}
	}
	w.adapt()
}

// unitFlag says what the sizes of the simulations' keys are.
func (w *watch) unitFlag() byte {
	if w.unit {
		return 1
	}
	return 0
}

func (w *watch) curveBank() *shadow.Bank {
	if w.curve == nil {
		return nil
	}
	return w.curve.Bank()
}

func (w *watch) autoBank() *shadow.Bank {
	if w.auto == nil {
		return nil
	}
	return w.auto.Bank()
}
