//go:build !race

#include "textflag.h"

// func prefetchLock(s *Shard, control unsafe.Pointer)
TEXT ·prefetchLock(SB), NOSPLIT, $0-16
	MOVQ s+0(FP), AX
	BYTE $0x0f; BYTE $0x0d; BYTE $0x08 // PREFETCHW (AX), which the assembler does not know
	MOVQ control+8(FP), AX
	BYTE $0x0f; BYTE $0x0d; BYTE $0x08 // PREFETCHW (AX), which the assembler does not know
	RET
