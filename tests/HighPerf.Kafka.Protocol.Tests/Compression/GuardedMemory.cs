using System.Buffers;
using System.Runtime.InteropServices;

namespace HighPerf.Kafka.Protocol.Tests.Compression;

/// <summary>
/// Memory between two pages which nobody may touch: one byte read or written outside kills the process, so that no
/// such byte goes unseen. Where pages cannot be protected (not Linux) it is plain memory.
/// </summary>
internal sealed unsafe partial class GuardedMemory : MemoryManager<byte>
{
    private const int ProtectionNone = 0;
    private const int ProtectionReadWrite = 3;
    private const int PrivateAnonymous = 0x22;

    private readonly byte* _pages;
    private readonly nuint _mapped;
    private readonly int _capacity;
    private int _length;

    public GuardedMemory(int capacity)
    {
        nuint page = (nuint)Environment.SystemPageSize;
        _capacity = (int)(((nuint)capacity + page - 1) / page * page);
        if (!OperatingSystem.IsLinux())
        {
            _pages = (byte*)NativeMemory.Alloc((nuint)_capacity);
            return;
        }

        _mapped = (nuint)_capacity + 2 * page;
        byte* mapping = Map(null, _mapped, ProtectionReadWrite, PrivateAnonymous, -1, 0);
        if (mapping == (byte*)-1 || Protect(mapping, page, ProtectionNone) != 0 || Protect(mapping + page + _capacity, page, ProtectionNone) != 0)
        {
            throw new InvalidOperationException("Guard pages cannot be made.");
        }

        _pages = mapping + page;
    }

    /// <summary>The last <paramref name="length"/> bytes before the guard.</summary>
    public Span<byte> Last(int length)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)length, (uint)_capacity);
        _length = length;
        return GetSpan();
    }

    /// <summary>A copy of <paramref name="bytes"/> that ends at the guard.</summary>
    public ReadOnlySpan<byte> Hold(ReadOnlySpan<byte> bytes)
    {
        Span<byte> last = Last(bytes.Length);
        bytes.CopyTo(last);
        return last;
    }

    /// <summary>A copy of <paramref name="bytes"/> that begins behind a guard.</summary>
    public ReadOnlySpan<byte> HoldFirst(ReadOnlySpan<byte> bytes)
    {
        Span<byte> first = new(_pages, _capacity);
        bytes.CopyTo(first);
        return first[..bytes.Length];
    }

    public override Span<byte> GetSpan() => new(_pages + _capacity - _length, _length);

    public override MemoryHandle Pin(int elementIndex = 0) => new(_pages + _capacity - _length + elementIndex);

    public override void Unpin()
    {
    }

    protected override void Dispose(bool disposing)
    {
        if (_mapped == 0)
        {
            NativeMemory.Free(_pages);
        }
        else
        {
            _ = Unmap(_pages - Environment.SystemPageSize, _mapped);
        }
    }

    [LibraryImport("libc", EntryPoint = "mmap")]
    private static partial byte* Map(void* address, nuint length, int protection, int flags, int file, nint offset);

    [LibraryImport("libc", EntryPoint = "mprotect")]
    private static partial int Protect(void* address, nuint length, int protection);

    [LibraryImport("libc", EntryPoint = "munmap")]
    private static partial int Unmap(void* address, nuint length);
}
