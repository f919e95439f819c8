package client

import "strings"

// ServerError is an error reply of a node.
type ServerError struct {
	// Message is the node's text, as in "WRONGTYPE Operation against ...".
	Message string
}

func (e *ServerError) Error() string { return e.Message }

// Code returns the first word of the message, as in "WRONGTYPE".
func (e *ServerError) Code() string {
	code, _, _ := strings.Cut(e.Message, " ")
	return code
}

// codeOf returns the code of a node's error reply; empty: err is none.
func codeOf(err error) string {
	if se, ok := err.(*ServerError); ok {
		return se.Code()
	}
	return ""
}

func readOnly(answer error) bool { return answer != nil && codeOf(answer) == "READONLY" }

// refusal reports whether a node refused a write: it is not the primary, is still recovering, or does not own the slot.
func refusal(answer error) bool {
	return answer != nil && (readOnly(answer) || codeOf(answer) == "LOADING" || misrouted(answer))
}

// misrouted reports whether a node refused a request because its group does not own the key's slot, or does not yet or no
// longer execute requests for it. The request had no effect.
func misrouted(answer error) bool {
	if answer == nil {
		return false
	}
	switch codeOf(answer) {
	case "MOVED", "TRYAGAIN", "CLUSTERDOWN":
		return true
	}
	return false
}

// refused wraps an error that the node answered with.
func (n *node) refused(op Op, err error) *Error {
	e := &Error{Op: op, Node: n.id, Address: n.address, Err: err}
	switch codeOf(err) {
	case "READONLY":
		e.kind = kReadOnly | kNotSent
	case "LOADING", "MOVED", "TRYAGAIN", "CLUSTERDOWN": // the node has executed nothing
		e.kind = kUnavailable | kNotSent
	}
	return e
}
