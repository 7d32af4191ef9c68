using System.Buffers.Binary;
using HighPerf.Kafka.Connections;
using HighPerf.Kafka.Protocol.Buffers;
using HighPerf.Kafka.Runtime;

namespace HighPerf.Kafka.Tests.Connections;

/// <summary>Cutting the stream into frames.</summary>
public sealed class FrameReceiverTests
{
    private readonly BufferPool _pool = new();

    [Fact]
    public void Frames_come_out_the_same_at_every_cut()
    {
        byte[][] frames = [Content(4), Content(5), Content(100), Content(4)];
        byte[] stream = [.. frames.SelectMany(Frame)];
        for (int cut = 0; cut <= stream.Length; cut++)
        {
            for (int second = cut; second <= stream.Length; second += 7)
            {
                FrameReceiver receiver = new(_pool, 1000);
                List<byte[]> got = [];
                Feed(receiver, stream.AsSpan(0, cut), got);
                Feed(receiver, stream.AsSpan(cut, second - cut), got);
                Feed(receiver, stream.AsSpan(second), got);
                Assert.Equal(frames, got);
                Assert.True(receiver.IsBetweenFrames);
                receiver.Release();
            }
        }

        Assert.Equal(0, _pool.OutstandingBuffers);
    }

    [Fact]
    public void Frames_of_all_sizes_come_out_the_same_however_they_are_received()
    {
        RandomSource random = new(7);
        for (int round = 0; round < 30; round++)
        {
            byte[][] frames = [.. Enumerable.Range(0, 12).Select(_ => Content(4 + random.Next(random.Chance(0.3) ? 60_000 : 300)))];
            byte[] stream = [.. frames.SelectMany(Frame)];
            FrameReceiver receiver = new(_pool, 100_000);
            List<byte[]> got = [];
            int position = 0;
            while (position < stream.Length)
            {
                int count = Math.Min(1 + random.Next(20_000), stream.Length - position);
                Feed(receiver, stream.AsSpan(position, count), got);
                position += count;
            }

            Assert.Equal(frames, got);
            receiver.Release();
        }

        Assert.Equal(0, _pool.OutstandingBuffers);
    }

    [Fact]
    public void A_large_frame_is_received_straight_into_a_buffer_of_its_size()
    {
        FrameReceiver receiver = new(_pool, 1 << 30);
        byte[] content = Content(500_000);
        byte[] frame = Frame(content);
        frame.AsSpan(0, 1000).CopyTo(receiver.GetReceiveMemory().Span);
        receiver.Advance(1000);
        Assert.False(receiver.TryTake(out _, out _, out _));

        Memory<byte> target = receiver.GetReceiveMemory();
        Assert.Equal(content.Length - 1000 + 4, target.Length);
        frame.AsSpan(1000).CopyTo(target.Span);
        receiver.Advance(target.Length);
        Assert.True(receiver.TryTake(out SharedBuffer buffer, out int offset, out int length));

        Assert.True(content.AsSpan().SequenceEqual(buffer.Array.AsSpan(offset, length)));
        receiver.Release();
        Assert.Equal(0, _pool.OutstandingBuffers);
    }

    [Fact]
    public void W3_a_lying_size_costs_no_more_than_twice_what_came()
    {
        FrameReceiver receiver = new(_pool, int.MaxValue - 1024);
        byte[] start = new byte[8];
        BinaryPrimitives.WriteInt32BigEndian(start, 2_000_000_000);
        Feed(receiver, start, []);
        receiver.GetReceiveMemory();
        Assert.InRange(_pool.OutstandingBytes, 1, FrameReceiver.TrustedSize + (2 * FrameReceiver.SmallBufferSize));

        long came = 0;
        while (came < 20_000_000)
        {
            Memory<byte> target = receiver.GetReceiveMemory();
            receiver.Advance(target.Length);
            came += target.Length;
            Assert.InRange(_pool.OutstandingBytes, 1, (2 * came) + FrameReceiver.TrustedSize + (2 * FrameReceiver.SmallBufferSize));
            Assert.False(receiver.TryTake(out _, out _, out _) && came < 2_000_000_000);
        }

        receiver.Release();
        Assert.Equal(0, _pool.OutstandingBuffers);
    }

    [Theory]
    [InlineData(-1, "size -1")]
    [InlineData(3, "size 3")]
    [InlineData(int.MinValue, "size -2147483648")]
    [InlineData(1001, "A frame of 1001 bytes was announced; at most 1000")]
    public void W3_a_size_that_cannot_be_is_refused_before_anything_is_allocated(int size, string expected)
    {
        FrameReceiver receiver = new(_pool, 1000);
        byte[] start = new byte[4];
        BinaryPrimitives.WriteInt32BigEndian(start, size);
        KafkaProtocolException error = Assert.Throws<KafkaProtocolException>(() => Feed(receiver, start, []));
        Assert.Contains(expected, error.Message);
        Assert.InRange(_pool.OutstandingBytes, 0, FrameReceiver.SmallBufferSize);
    }

    [Fact]
    public void A_kept_frame_stays_as_it_is_while_the_receiver_goes_on()
    {
        FrameReceiver receiver = new(_pool, 1 << 20);
        List<(SharedBuffer Buffer, int Offset, byte[] Content)> kept = [];
        RandomSource random = new(3);
        for (int round = 0; round < 200; round++)
        {
            byte[] content = Content(4 + random.Next(random.Chance(0.1) ? 50_000 : 9_000));
            byte[] stream = Frame(content);
            for (int position = 0; position < stream.Length;)
            {
                Memory<byte> target = receiver.GetReceiveMemory();
                int count = Math.Min(Math.Min(target.Length, 1 + random.Next(6000)), stream.Length - position);
                stream.AsSpan(position, count).CopyTo(target.Span);
                receiver.Advance(count);
                position += count;
                while (receiver.TryTake(out SharedBuffer buffer, out int offset, out int length))
                {
                    SharedBuffer own = new ResponseBody(buffer, offset, length, _pool).Detach(out int ownOffset, out int ownLength);
                    Assert.Equal(content.Length, ownLength);
                    kept.Add((own, ownOffset, content));
                }
            }
        }

        receiver.Release();
        Assert.Equal(200, kept.Count);
        foreach ((SharedBuffer buffer, int offset, byte[] content) in kept)
        {
            Assert.True(content.AsSpan().SequenceEqual(buffer.Array.AsSpan(offset, content.Length)));
            buffer.Release();
        }

        Assert.Equal(0, _pool.OutstandingBuffers);
    }

    private static byte[] Content(int size)
    {
        byte[] content = new byte[size];
        new RandomSource((ulong)size).NextBytes(content);
        return content;
    }

    private static byte[] Frame(byte[] content)
    {
        byte[] frame = new byte[4 + content.Length];
        BinaryPrimitives.WriteInt32BigEndian(frame, content.Length);
        content.CopyTo(frame, 4);
        return frame;
    }

    private static void Feed(FrameReceiver receiver, ReadOnlySpan<byte> bytes, List<byte[]> frames)
    {
        while (bytes.Length > 0)
        {
            Memory<byte> target = receiver.GetReceiveMemory();
            int count = Math.Min(bytes.Length, target.Length);
            bytes[..count].CopyTo(target.Span);
            receiver.Advance(count);
            bytes = bytes[count..];
            while (receiver.TryTake(out SharedBuffer buffer, out int offset, out int length))
            {
                frames.Add(buffer.Array.AsSpan(offset, length).ToArray());
            }
        }
    }
}
