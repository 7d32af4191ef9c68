using System.Runtime.InteropServices;
using HighPerf.Kafka.Interop.Tests.Peers;

namespace HighPerf.Kafka.Interop.Tests.Codecs;

/// <summary>The system's libsnappy, which has no program of its own. Raw blocks only: the framing is not its business.</summary>
internal static partial class SnappyLibrary
{
    private const string Library = "libsnappy.so.1";

    public static void Require() => PeerPolicy.Require(NativeLibrary.TryLoad(Library, out _), Library);

    public static byte[] Compress(byte[] input)
    {
        byte[] output = new byte[32 + input.Length + (input.Length / 6)];
        nuint length = (nuint)output.Length;
        Assert.Equal(0, CompressRaw(input, (nuint)input.Length, output, ref length));
        return output[..(int)length];
    }

    public static byte[] Decompress(ReadOnlySpan<byte> block, int length)
    {
        byte[] output = new byte[length];
        nuint written = (nuint)length;
        Assert.Equal(0, DecompressRaw(block, (nuint)block.Length, output, ref written));
        return output[..(int)written];
    }

    [LibraryImport(Library, EntryPoint = "snappy_compress")]
    private static partial int CompressRaw(ReadOnlySpan<byte> input, nuint inputLength, Span<byte> output, ref nuint outputLength);

    [LibraryImport(Library, EntryPoint = "snappy_uncompress")]
    private static partial int DecompressRaw(ReadOnlySpan<byte> input, nuint inputLength, Span<byte> output, ref nuint outputLength);
}
