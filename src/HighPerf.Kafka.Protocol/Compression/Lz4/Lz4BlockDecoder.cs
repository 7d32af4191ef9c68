using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace HighPerf.Kafka.Protocol.Compression.Lz4;

/// <summary>
/// Decodes one lz4 block, a run of sequences:
/// <code>
///   token | more literal length | literals | distance (u16 LE) | more match length
///   llllmmmm: 4 bits of literal length, 4 bits of match length - 4; 15 means that bytes follow, to be added until one is not 255.
/// </code>
/// The last sequence ends after its literals. <see cref="Fast"/> runs while there is room to copy whole vectors and stops in front of the
/// first sequence that comes near an end or looks wrong; <see cref="Careful"/> decodes one such sequence, checking everything, and words the error.
/// </summary>
internal static unsafe class Lz4BlockDecoder
{
    // How near the end of the input a sequence may begin and end for the fast path: it looks at most this far ahead without asking.
    private const int InputMargin = 64;
    private const int InputReserve = 48;
    private const int TooLong = int.MaxValue - 1024;

    private struct State
    {
        public byte* Input;
        public byte* InputStart;
        public byte* InputEnd;
        public byte* Output;
        public byte* Window;
        public byte* OutputEnd;
        public byte* BufferEnd;
        public int InputOffset;
        public int MaxOutputLength;
    }

    /// <summary>Decodes <paramref name="source"/> to <paramref name="buffer"/> from <paramref name="start"/> on.</summary>
    /// <param name="buffer">What lies behind the output may be overwritten, up to the end of this span.</param>
    /// <param name="windowStart">The first index that matches may reach back to.</param>
    /// <param name="limit">The most bytes that may come out.</param>
    /// <param name="inputOffset">Where the block stands in the whole input, for messages.</param>
    /// <param name="maxOutputLength">The bound that the caller was given, when it makes <paramref name="limit"/> smaller than a block; else -1.</param>
    /// <returns>How many bytes came out.</returns>
    public static int Decode(ReadOnlySpan<byte> source, Span<byte> buffer, int windowStart, int start, int limit, int inputOffset, int maxOutputLength = -1)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)start, (uint)buffer.Length);
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)windowStart, (uint)start);
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)limit, (uint)(buffer.Length - start));
        if (source.IsEmpty)
        {
            CorruptData.Throw(Lz4Format.Name, inputOffset, "an empty block");
        }

        fixed (byte* input = source, output = buffer)
        {
            State state = new()
            {
                Input = input,
                InputStart = input,
                InputEnd = input + source.Length,
                Output = output + start,
                Window = output + windowStart,
                OutputEnd = output + start + limit,
                BufferEnd = output + buffer.Length,
                InputOffset = inputOffset,
                MaxOutputLength = maxOutputLength,
            };
            do
            {
                if (state.InputEnd - state.Input > InputMargin && state.BufferEnd - state.Output > 2 * WildCopy.Slack)
                {
                    Fast(ref state);
                }
            }
            while (Careful(ref state));

            return (int)(state.Output - (output + start));
        }
    }

    private static void Fast(ref State state)
    {
        byte* input = state.Input;
        byte* output = state.Output;
        byte* window = state.Window;
        byte* inputLast = state.InputEnd - InputMargin;
        byte* inputReserve = state.InputEnd - InputReserve;

        // A long copy must end before wildEnd. A sequence of short lengths (14 literals and 18 match bytes, stored as 16 and 32) needs no
        // further question when it begins before outputLast.
        byte* wildEnd = state.OutputEnd < state.BufferEnd - WildCopy.Slack ? state.OutputEnd : state.BufferEnd - WildCopy.Slack;
        byte* outputLast = wildEnd - WildCopy.Slack;
        while (input < inputLast && output < outputLast)
        {
            byte* at = input;
            byte* to = output;
            int token = *at++;
            int literals = token >> 4;
            if (literals != 15)
            {
                Vector128.Load(at).Store(to);
            }
            else
            {
                at = LongLength(at, inputReserve, ref literals);
                if (literals > inputReserve - at || literals > outputLast - to)
                {
                    break;
                }

                WildCopy.Apart(at, to, literals);
            }

            at += literals;
            to += literals;
            int distance = ReadDistance(at);
            at += 2;
            int length = token & 15;
            if ((nuint)(uint)(distance - 1) >= (nuint)(to - window))
            {
                break;
            }

            if (length == 15)
            {
                at = LongLength(at, inputReserve + 32, ref length);
                if (length > wildEnd - to - Lz4Format.ShortestMatch)
                {
                    break;
                }
            }

            length += Lz4Format.ShortestMatch;
            WildCopy.Match(to, distance, length);
            input = at;
            output = to + length;
        }

        state.Input = input;
        state.Output = output;
    }

    /// <summary>Adds the bytes of a long length. A length that does not end before <paramref name="end"/> comes back too large for any copy.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static byte* LongLength(byte* at, byte* end, ref int length)
    {
        while (at < end && length < TooLong)
        {
            int more = *at++;
            length += more;
            if (more != 255)
            {
                return at;
            }
        }

        length = TooLong;
        return at;
    }

    /// <summary>Decodes one sequence, checking everything.</summary>
    /// <returns>False when it was the last.</returns>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static bool Careful(ref State state)
    {
        if (state.Input == state.InputEnd)
        {
            Throw(in state, "the block ends after a match, without its last literals");
        }

        int token = *state.Input++;
        int literals = CarefulLength(ref state, token >> 4);
        if (literals > state.InputEnd - state.Input)
        {
            Throw(in state, $"{literals} literals, but only {state.InputEnd - state.Input} bytes are left of the block");
        }

        CheckRoom(in state, literals);
        Buffer.MemoryCopy(state.Input, state.Output, literals, literals);
        state.Input += literals;
        state.Output += literals;
        if (state.Input == state.InputEnd)
        {
            return false;
        }

        if (state.InputEnd - state.Input < 2)
        {
            Throw(in state, "the block ends within a match distance");
        }

        int distance = ReadDistance(state.Input);
        if (distance == 0 || distance > state.Output - state.Window)
        {
            Throw(in state, $"a match distance of {distance}, with {state.Output - state.Window} bytes written");
        }

        state.Input += 2;
        int length = CarefulLength(ref state, token & 15) + Lz4Format.ShortestMatch;
        CheckRoom(in state, length);
        byte* from = state.Output - distance;
        byte* end = state.Output + length;
        if (state.BufferEnd - end >= WildCopy.Slack)
        {
            WildCopy.Match(state.Output, distance, length);
            state.Output = end;
        }

        while (state.Output < end)
        {
            *state.Output++ = *from++;
        }

        return true;
    }

    private static int CarefulLength(ref State state, int length)
    {
        if (length != 15)
        {
            return length;
        }

        int more;
        do
        {
            if (state.Input == state.InputEnd)
            {
                Throw(in state, "the block ends within a length");
            }

            more = *state.Input++;
            length += more;
            if (length > state.OutputEnd - state.Output)
            {
                CheckRoom(in state, length);
            }
        }
        while (more == 255);

        return length;
    }

    private static void CheckRoom(in State state, int length)
    {
        if (length > state.OutputEnd - state.Output)
        {
            if (state.MaxOutputLength >= 0)
            {
                CorruptData.ThrowTooLarge(Lz4Format.Name, state.InputOffset + (state.Input - state.InputStart), state.MaxOutputLength);
            }

            Throw(in state, $"a run of {length} bytes or more, but only {state.OutputEnd - state.Output} bytes of output are left in the block");
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int ReadDistance(byte* at)
    {
        ushort distance = Unsafe.ReadUnaligned<ushort>(at);
        return BitConverter.IsLittleEndian ? distance : BinaryPrimitives.ReverseEndianness(distance);
    }

    [DoesNotReturn]
    private static void Throw(in State state, string what) =>
        CorruptData.Throw(Lz4Format.Name, state.InputOffset + (state.Input - state.InputStart), what);
}
