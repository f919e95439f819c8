package session

// errorCode is the first word of an error reply.
type errorCode uint8

const (
	errGeneric errorCode = iota
	errOOM
	errNoProto
	errWrongPass
	errNoAuth
	errNoPerm
	errTryAgain
	errLoading
	errReadOnly
	errExecAbort
	errorCodeCount
)

// errorCodes are the codes, each with the space behind it.
var errorCodes = [errorCodeCount]string{"ERR ", "OOM ", "NOPROTO ", "WRONGPASS ", "NOAUTH ", "NOPERM ", "TRYAGAIN ", "LOADING ", "READONLY ", "EXECABORT "}

// countError counts an error reply, of the command that is executed if there is one.
func (c *call) countError(code errorCode) {
	t := &c.l.stats
	add(&t.errors[code], 1)
	if c.cmd != nil {
		add(&t.fail[c.cmd.id], 1)
	}
}
