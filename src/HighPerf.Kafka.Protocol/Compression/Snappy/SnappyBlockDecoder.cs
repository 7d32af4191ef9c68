using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace HighPerf.Kafka.Protocol.Compression.Snappy;

/// <summary>
/// Decodes one raw snappy block: the output's length as a varint, then literals and copies (<see cref="SnappyTags"/>).
/// <see cref="Fast"/> runs while there is room to copy whole vectors and stops in front of the first element that comes near an end,
/// is a long literal or looks wrong; <see cref="Careful"/> decodes one such element, checking everything, and words the error.
/// </summary>
internal static unsafe class SnappyBlockDecoder
{
    public const string Name = "snappy";

    // The longest element of the fast path: a tag, 60 literals, and what a wild copy reads behind them.
    private const int InputMargin = 1 + 64;
    private const int LongestShortElement = 64;

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
    }

    /// <summary>Reads the length of the output in front of a block.</summary>
    /// <param name="inputOffset">Where the block stands in the whole input, for messages.</param>
    /// <param name="headerLength">How many bytes the length itself takes.</param>
    public static uint ReadLength(ReadOnlySpan<byte> block, int inputOffset, out int headerLength)
    {
        ulong length = 0;
        for (int i = 0; i < 5; i++)
        {
            if (i >= block.Length)
            {
                CorruptData.Throw(Name, inputOffset + i, "the block ends within its length");
            }

            length |= (ulong)(block[i] & 0x7F) << (7 * i);
            if (block[i] < 0x80)
            {
                headerLength = i + 1;
                if (length > uint.MaxValue)
                {
                    break;
                }

                return (uint)length;
            }
        }

        CorruptData.Throw(Name, inputOffset, "the block's length is no 32-bit varint");
        headerLength = 0;
        return 0;
    }

    /// <summary>Decodes the elements of a block to <paramref name="buffer"/> from <paramref name="start"/> on.</summary>
    /// <param name="source">The block without its length.</param>
    /// <param name="buffer">What lies behind the output may be overwritten, up to the end of this span.</param>
    /// <param name="length">How many bytes must come out.</param>
    public static void Decode(ReadOnlySpan<byte> source, Span<byte> buffer, int start, int length, int inputOffset)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)start, (uint)buffer.Length);
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)length, (uint)(buffer.Length - start));
        fixed (byte* input = source, output = buffer)
        {
            State state = new()
            {
                Input = input,
                InputStart = input,
                InputEnd = input + source.Length,
                Output = output + start,
                Window = output + start,
                OutputEnd = output + start + length,
                BufferEnd = output + buffer.Length,
                InputOffset = inputOffset,
            };
            while (state.Input < state.InputEnd)
            {
                if (state.InputEnd - state.Input > InputMargin && state.BufferEnd - state.Output > LongestShortElement + WildCopy.Slack)
                {
                    Fast(ref state);
                }

                Careful(ref state);
            }

            if (state.Output != state.OutputEnd)
            {
                Throw(in state, $"the block says {length} bytes, but its elements have {state.Output - state.Window}");
            }
        }
    }

    private static void Fast(ref State state)
    {
        byte* input = state.Input;
        byte* output = state.Output;
        byte* window = state.Window;
        byte* inputLast = state.InputEnd - InputMargin;
        byte* bufferLast = state.BufferEnd - WildCopy.Slack;
        byte* outputLast = (state.OutputEnd < bufferLast ? state.OutputEnd : bufferLast) - LongestShortElement;
        while (input <= inputLast && output <= outputLast)
        {
            uint tag = *input;
            if ((tag & 3) == 0)
            {
                int literals = (int)(tag >> 2) + 1;
                Vector128.Load(input + 1).Store(output);
                if (literals > 16)
                {
                    if (literals > 60)
                    {
                        break;
                    }

                    Vector128.Load(input + 17).Store(output + 16);
                    Vector128.Load(input + 33).Store(output + 32);
                    Vector128.Load(input + 49).Store(output + 48);
                }

                input += literals + 1;
                output += literals;
                continue;
            }

            int entry = SnappyTags.Copy(tag);
            int following = entry >> SnappyTags.FollowingShift;
            uint distance = (uint)(entry & SnappyTags.DistanceMask) + (ReadUInt32(input + 1) & (uint)((1UL << (8 * following)) - 1));
            if ((nuint)(distance - 1) >= (nuint)(output - window))
            {
                break;
            }

            int length = entry & SnappyTags.LengthMask;
            WildCopy.Match(output, (int)distance, length);
            input += following + 1;
            output += length;
        }

        state.Input = input;
        state.Output = output;
    }

    /// <summary>Decodes one element, checking everything.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Careful(ref State state)
    {
        if (state.Input == state.InputEnd)
        {
            return;
        }

        int tag = *state.Input;
        long left = state.InputEnd - state.Input - 1;
        bool literal = (tag & 3) == 0;
        int following = literal ? Math.Max(0, (tag >> 2) - 59) : SnappyTags.Copy((uint)tag) >> SnappyTags.FollowingShift;
        if (left < following)
        {
            Throw(in state, "the block ends within an element");
        }

        uint number = 0;
        for (int i = 0; i < following; i++)
        {
            number |= (uint)state.Input[1 + i] << (8 * i);
        }

        if (literal)
        {
            long length = (following == 0 ? (uint)(tag >> 2) : number) + 1L;
            CopyLiterals(ref state, length, left - following, 1 + following);
        }
        else
        {
            int entry = SnappyTags.Copy((uint)tag);
            Copy(ref state, entry & SnappyTags.LengthMask, (uint)(entry & SnappyTags.DistanceMask) + number, 1 + following);
        }
    }

    private static void CopyLiterals(ref State state, long length, long left, int headLength)
    {
        if (length > left)
        {
            Throw(in state, $"{length} literals, but only {left} bytes are left of the block");
        }

        CheckRoom(in state, length);
        Buffer.MemoryCopy(state.Input + headLength, state.Output, length, length);
        state.Input += headLength + length;
        state.Output += length;
    }

    private static void Copy(ref State state, int length, uint distance, int headLength)
    {
        if (distance == 0 || distance > state.Output - state.Window)
        {
            Throw(in state, $"a copy distance of {distance}, with {state.Output - state.Window} bytes written");
        }

        CheckRoom(in state, length);
        byte* from = state.Output - distance;
        for (int i = 0; i < length; i++)
        {
            state.Output[i] = from[i];
        }

        state.Input += headLength;
        state.Output += length;
    }

    private static void CheckRoom(in State state, long length)
    {
        if (length > state.OutputEnd - state.Output)
        {
            Throw(in state, $"{length} bytes to write, but only {state.OutputEnd - state.Output} are left of the length that the block says");
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static uint ReadUInt32(byte* at)
    {
        uint value = Unsafe.ReadUnaligned<uint>(at);
        return BitConverter.IsLittleEndian ? value : BinaryPrimitives.ReverseEndianness(value);
    }

    [DoesNotReturn]
    private static void Throw(in State state, string what) =>
        CorruptData.Throw(Name, state.InputOffset + (state.Input - state.InputStart), what);
}
