using System.Runtime.InteropServices;

namespace HighPerf.Kafka.Benchmarks.Compression;

/// <summary>The system's liblz4, for comparison only. It writes the same kind of frame as we do: independent blocks of 64 KiB, no checksums.</summary>
internal sealed unsafe partial class NativeLz4 : IDisposable
{
    private const string Library = "liblz4.so.1";
    private const uint FrameVersion = 100;

    private readonly nint _context;

    public NativeLz4()
    {
        if (!NativeLibrary.TryLoad(Library, out _))
        {
            throw new InvalidOperationException($"{Library} is missing, so there is nothing to compare with: apt-get install liblz4-1");
        }

        CreateContext(out _context, FrameVersion);
    }

    public int Compress(byte[] input, byte[] output)
    {
        Preferences preferences = new() { BlockSizeId = 4, BlockMode = 1 };
        fixed (byte* from = input, to = output)
        {
            return (int)CompressFrame(to, (nuint)output.Length, from, (nuint)input.Length, &preferences);
        }
    }

    public int Decompress(ReadOnlySpan<byte> input, byte[] output)
    {
        int read = 0;
        int written = 0;
        fixed (byte* from = input, to = output)
        {
            nuint expected = 1;
            while (expected != 0 && read < input.Length)
            {
                nuint toLength = (nuint)(output.Length - written);
                nuint fromLength = (nuint)(input.Length - read);
                expected = DecompressFrame(_context, to + written, ref toLength, from + read, ref fromLength, 0);
                if ((nint)expected < 0)
                {
                    throw new InvalidOperationException($"{Library} refused the frame: {(nint)expected}");
                }

                written += (int)toLength;
                read += (int)fromLength;
            }
        }

        return written;
    }

    public void Dispose() => FreeContext(_context);

    [LibraryImport(Library, EntryPoint = "LZ4F_compressFrame")]
    private static partial nuint CompressFrame(byte* output, nuint outputLength, byte* input, nuint inputLength, Preferences* preferences);

    [LibraryImport(Library, EntryPoint = "LZ4F_createDecompressionContext")]
    private static partial nuint CreateContext(out nint context, uint version);

    [LibraryImport(Library, EntryPoint = "LZ4F_freeDecompressionContext")]
    private static partial nuint FreeContext(nint context);

    [LibraryImport(Library, EntryPoint = "LZ4F_decompress")]
    private static partial nuint DecompressFrame(nint context, byte* output, ref nuint outputLength, byte* input, ref nuint inputLength, nint options);

    /// <summary>LZ4F_preferences_t.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct Preferences
    {
        public int BlockSizeId;
        public int BlockMode;
        public int ContentChecksum;
        public int FrameType;
        public ulong ContentSize;
        public uint DictionaryId;
        public int BlockChecksum;
        public int Level;
        public uint AutoFlush;
        public uint FavorDecompression;
        public uint Reserved0;
        public uint Reserved1;
        public uint Reserved2;
    }
}
