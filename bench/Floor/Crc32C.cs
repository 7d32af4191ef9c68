using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace HighPerf.Kafka.Floor;

/// <summary>
/// CRC-32C with the CPU's instruction. The instruction takes three cycles and can start every cycle, so three neighbouring blocks are summed
/// side by side; the sum of a block is carried over the blocks behind it by a table.
/// </summary>
internal sealed class Crc32C
{
    private const int Block = 1024;

    // Four tables of 256: what each byte of a sum becomes when one block of zeros follows it.
    private readonly uint[] _carry = new uint[4 * 256];

    public Crc32C()
    {
        for (int position = 0; position < 4; position++)
        {
            for (uint value = 0; value < 256; value++)
            {
                uint sum = value << (8 * position);
                for (int i = 0; i < Block; i += 8)
                {
                    sum = BitOperations.Crc32C(sum, 0UL);
                }

                _carry[(256 * position) + (int)value] = sum;
            }
        }
    }

    public uint Compute(ReadOnlySpan<byte> data)
    {
        uint sum = uint.MaxValue;
        while (data.Length >= 3 * Block)
        {
            sum = ThreeBlocks(sum, ref MemoryMarshal.GetReference(data));
            data = data[(3 * Block)..];
        }

        while (data.Length >= 8)
        {
            sum = BitOperations.Crc32C(sum, MemoryMarshal.Read<ulong>(data));
            data = data[8..];
        }

        foreach (byte rest in data)
        {
            sum = BitOperations.Crc32C(sum, rest);
        }

        return ~sum;
    }

    private uint ThreeBlocks(uint first, ref byte data)
    {
        uint second = 0;
        uint third = 0;
        for (nint i = 0; i < Block; i += 8)
        {
            first = BitOperations.Crc32C(first, Unsafe.ReadUnaligned<ulong>(ref Unsafe.Add(ref data, i)));
            second = BitOperations.Crc32C(second, Unsafe.ReadUnaligned<ulong>(ref Unsafe.Add(ref data, i + Block)));
            third = BitOperations.Crc32C(third, Unsafe.ReadUnaligned<ulong>(ref Unsafe.Add(ref data, i + (2 * Block))));
        }

        return Carry(Carry(first) ^ second) ^ third;
    }

    private uint Carry(uint sum) =>
        _carry[sum & 0xFF] ^ _carry[256 + ((sum >> 8) & 0xFF)] ^ _carry[512 + ((sum >> 16) & 0xFF)] ^ _carry[768 + (sum >> 24)];
}
