package client

import "strconv"

// append adds the request in RESP.
func (r *request) append(b []byte) []byte {
	switch r.op {
	case OpGet:
		return appendBulk(append(b, "*2\r\n$3\r\nGET\r\n"...), r.key)
	case OpSet, OpAdd, OpReplace, OpCompareAndSwap:
		return r.appendSet(b)
	case OpDelete:
		return appendBulk(append(b, "*2\r\n$3\r\nDEL\r\n"...), r.key)
	case OpCompareAndDelete:
		b = appendBulk(append(b, "*3\r\n$7\r\nDELIFEQ\r\n"...), r.key)
		return appendBulk(b, r.old)
	case OpIncr:
		b = appendBulk(append(b, "*3\r\n$6\r\nINCRBY\r\n"...), r.key)
		return appendInt(b, r.num)
	case OpExpire:
		if r.num == 0 {
			return appendBulk(append(b, "*2\r\n$7\r\nPERSIST\r\n"...), r.key)
		}
		b = appendBulk(append(b, "*3\r\n$7\r\nPEXPIRE\r\n"...), r.key)
		return appendInt(b, r.num)
	case OpGetAndTouch:
		return r.appendTouch(b)
	case OpTTL:
		return appendBulk(append(b, "*2\r\n$4\r\nPTTL\r\n"...), r.key)
	case OpPing:
		return append(b, "*1\r\n$4\r\nPING\r\n"...)
	case OpFlushAll:
		return append(b, "*1\r\n$8\r\nFLUSHALL\r\n"...)
	case OpScan:
		return r.appendScan(b)
	}
	b = appendLen(b, '*', len(r.args))
	for _, a := range r.args {
		b = appendBulk(b, a)
	}
	return b
}

func (r *request) appendSet(b []byte) []byte {
	n := 3
	if r.num > 0 {
		n += 2
	}
	if r.keepTTL {
		n++
	}
	switch r.op {
	case OpAdd, OpReplace:
		n++
	case OpCompareAndSwap:
		n += 2
	}
	b = append(b, '*', byte('0'+n))
	b = appendBulk(append(b, "\r\n$3\r\nSET\r\n"...), r.key)
	b = appendBulk(b, r.value)
	switch r.op {
	case OpAdd:
		b = append(b, "$2\r\nNX\r\n"...)
	case OpReplace:
		b = append(b, "$2\r\nXX\r\n"...)
	case OpCompareAndSwap:
		b = appendBulk(append(b, "$4\r\nIFEQ\r\n"...), r.old)
	}
	if r.num > 0 {
		b = appendInt(append(b, "$2\r\nPX\r\n"...), r.num)
	}
	if r.keepTTL {
		b = append(b, "$7\r\nKEEPTTL\r\n"...)
	}
	return b
}

func (r *request) appendScan(b []byte) []byte {
	n := 4
	if r.match != "" {
		n += 2
	}
	b = append(b, '*', byte('0'+n))
	b = append(b, "\r\n$4\r\nSCAN\r\n"...)
	b = appendBulk(b, strconv.FormatUint(r.cursor, 10))
	if r.match != "" {
		b = appendBulk(append(b, "$5\r\nMATCH\r\n"...), r.match)
	}
	return appendInt(append(b, "$5\r\nCOUNT\r\n"...), r.num)
}

func appendLen(b []byte, mark byte, n int) []byte {
	b = append(b, mark)
	switch {
	case n < 10:
		return append(b, byte('0'+n), '\r', '\n')
	case n < 100:
		return append(b, byte('0'+n/10), byte('0'+n%10), '\r', '\n')
	}
	return append(strconv.AppendInt(b, int64(n), 10), '\r', '\n')
}

func appendBulk[T string | []byte](b []byte, s T) []byte {
	b = appendLen(b, '$', len(s))
	b = append(b, s...)
	return append(b, '\r', '\n')
}

func appendInt(b []byte, n int64) []byte {
	var digits [20]byte
	return appendBulk(b, strconv.AppendInt(digits[:0], n, 10))
}

// appendTouch adds GETEX.
func (r *request) appendTouch(b []byte) []byte {
	if r.num == 0 {
		b = appendBulk(append(b, "*3\r\n$5\r\nGETEX\r\n"...), r.key)
		return append(b, "$7\r\nPERSIST\r\n"...)
	}
	b = appendBulk(append(b, "*4\r\n$5\r\nGETEX\r\n"...), r.key)
	return appendInt(append(b, "$2\r\nPX\r\n"...), r.num)
}
