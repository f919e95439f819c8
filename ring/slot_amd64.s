//go:build !race

#include "textflag.h"

// Indexes of PSHUFB: those at reversed+n put 16-n bytes in reverse order, the last byte lowest, and zero bytes above.
DATA reversed<>+0(SB)/8, $0x08090a0b0c0d0e0f
DATA reversed<>+8(SB)/8, $0x0001020304050607
DATA reversed<>+16(SB)/8, $0x8080808080808080
DATA reversed<>+24(SB)/8, $0x8080808080808080
GLOBL reversed<>(SB), RODATA|NOPTR, $32

DATA opening<>+0(SB)/8, $0x7b7b7b7b7b7b7b7b
DATA opening<>+8(SB)/8, $0x7b7b7b7b7b7b7b7b
GLOBL opening<>(SB), RODATA|NOPTR, $16

DATA closing<>+0(SB)/8, $0x7d7d7d7d7d7d7d7d
DATA closing<>+8(SB)/8, $0x7d7d7d7d7d7d7d7d
GLOBL closing<>(SB), RODATA|NOPTR, $16

// Powers of x modulo P = x^16 + x^12 + x^5 + 1: x^64 and x^96, x^128 and x^192; and the quotient x^80 / P, without x^64.
DATA powers<>+0(SB)/8, $0xb861
DATA powers<>+8(SB)/8, $0xd849
DATA powers<>+16(SB)/8, $0xaefc
DATA powers<>+24(SB)/8, $0x650b
DATA powers<>+32(SB)/8, $0x11303471a041b343
DATA powers<>+40(SB)/8, $0
GLOBL powers<>(SB), RODATA|NOPTR, $48

// func features() uint32
TEXT ·features(SB), NOSPLIT, $0-4
	MOVL $1, AX
	XORL CX, CX
	CPUID
	MOVL CX, ret+0(FP)
	RET

// func slotOfString(key string) int
TEXT ·slotOfString(SB), NOSPLIT, $0-24
	MOVQ key_base+0(FP), SI
	MOVQ key_len+8(FP), CX
	LEAQ ret+16(FP), DI
	LEAQ ·tableOfString(SB), R9
	JMP  slot<>(SB)

// func slotOfBytes(key []byte) int
TEXT ·slotOfBytes(SB), NOSPLIT, $0-32
	MOVQ key_base+0(FP), SI
	MOVQ key_len+8(FP), CX
	LEAQ ret+24(FP), DI
	LEAQ ·tableOfBytes(SB), R9
	JMP  slot<>(SB)

// slot stores the slot of the CX bytes at SI to DI, or leaves it to the function at R9. Where a byte is that of X4, it looks for
// a tag.
TEXT slot<>(SB), NOSPLIT, $0-0
	CMPB  ·multiplies(SB), $0
	JEQ   table
	MOVOU opening<>(SB), X4

begin:
	MOVOU reversed<>(SB), X5
	CMPQ  CX, $16
	JNE   odd
	MOVOU (SI), X0
	MOVO  X0, X3
	PCMPEQB X4, X3
	PMOVMSKB X3, AX
	TESTL AX, AX
	JNE   tagged
	PSHUFB X5, X0

reduce: // 128 bits to 64, by multiplying the upper ones with their powers of x
	MOVOU powers<>+0(SB), X6
	PXOR  X1, X1
	MOVO  X0, X2
	PUNPCKHLQ X1, X2
	MOVO  X2, X1
	PCLMULQDQ $0x00, X6, X1
	PCLMULQDQ $0x11, X6, X2
	PXOR  X1, X0
	PXOR  X2, X0

	// 64 bits to the CRC (Barrett): the quotient by P, of which the low bits suffice, times P.
	MOVQ  powers<>+32(SB), X7
	PCLMULQDQ $0x00, X0, X7
	MOVQ  X0, AX
	PEXTRW $4, X7, BX
	XORL  BX, AX
	MOVL  AX, BX
	MOVL  AX, CX
	SHLL  $5, BX
	SHLL  $12, CX
	XORL  BX, AX
	XORL  CX, AX
	ANDL  $16383, AX
	MOVQ  AX, (DI)
	RET

odd:
	JHI   long
	CMPQ  CX, $8
	JCS   table

	// 8 to 15 bytes: the first eight, and the last eight, some of which are among the first.
	MOVQ  (SI), AX
	MOVQ  -8(SI)(CX*1), BX
	MOVQ  AX, X1
	MOVQ  BX, X0
	PUNPCKLQDQ X0, X1
	MOVO  X1, X0
	MOVO  X0, X3
	PCMPEQB X4, X3
	PMOVMSKB X3, DX
	TESTL DX, DX
	JNE   table
	BSWAPQ AX
	BSWAPQ BX
	NEGQ  CX
	LEAQ  120(CX*8), CX
	SHRQ  $8, AX
	SHRQ  CX, AX
	MOVQ  AX, X1
	MOVQ  BX, X0
	PUNPCKLQDQ X1, X0
	JMP   reduce

long: // the first 1 to 16 bytes, so that a multiple of 16 is left
	MOVOU (SI), X0
	MOVO  X0, X3
	PCMPEQB X4, X3
	PMOVMSKB X3, AX
	TESTL AX, AX
	JNE   tagged
	LEAQ  -1(CX), AX
	ANDQ  $15, AX
	LEAQ  reversed<>+15(SB), BX
	SUBQ  AX, BX
	MOVOU (BX), X1
	PSHUFB X1, X0
	LEAQ  1(SI)(AX*1), SI
	SUBQ  AX, CX
	SHRQ  $4, CX
	MOVOU powers<>+16(SB), X6

next:
	MOVOU (SI), X2
	MOVO  X2, X1
	PCMPEQB X4, X1
	POR   X1, X3
	PSHUFB X5, X2
	MOVO  X0, X1
	PCLMULQDQ $0x00, X6, X0
	PCLMULQDQ $0x11, X6, X1
	PXOR  X2, X0
	PXOR  X1, X0
	ADDQ  $16, SI
	DECQ  CX
	JNE   next
	PMOVMSKB X3, AX
	TESTL AX, AX
	JEQ   reduce

table:
	JMP   R9

tagged: // AX has a bit for each { among the 16 bytes of X0. It begins again with the tag, which has no }.
	MOVOU closing<>(SB), X4
	PCMPEQB X4, X0
	PMOVMSKB X0, BX
	LEAL  -1(AX), DX
	XORL  AX, DX
	NOTL  DX
	ANDL  DX, BX
	JEQ   table
	BSFL  AX, AX
	BSFL  BX, BX
	INCL  AX
	SUBL  AX, BX
	MOVL  BX, CX
	ADDQ  AX, SI
	JMP   begin
