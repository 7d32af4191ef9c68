using HighPerf.Kafka.Protocol.Buffers;
using HighPerf.Kafka.Protocol.Messages;

namespace HighPerf.Kafka.Protocol.Tests.Messages;

/// <summary>Every prefix and single corrupt bytes of whole frames: a <see cref="KafkaProtocolException"/> or a message, within bounds.</summary>
public sealed class DamagedFrameTests
{
    private static readonly (MessageDescriptor Message, short Version, byte[] Frame)[] s_frames =
    [
        .. MessageVectors.Lines("frames.jsonl.gz").Select(static line => (
            MessageCatalog.Find(line.GetProperty("message").GetString()!)!, line.GetProperty("version").GetInt16(), MessageVectorTests.Hex(line, "hex"))),
    ];

    [Fact]
    public void Every_prefix_of_a_frame_is_refused()
    {
        int prefixes = 0;
        foreach ((MessageDescriptor message, short version, byte[] frame) in s_frames)
        {
            for (int length = RequestFrame.PrefixSize; length < frame.Length; length++)
            {
                prefixes++;
                if (Decoding.TryFrame(frame.AsSpan(0, length), message, version) is not null)
                {
                    Assert.Fail($"{message.Name} v{version} was read from {length} of {frame.Length} bytes");
                }
            }
        }

        Assert.True(prefixes > 50_000);
    }

    [Theory]
    [InlineData(0xFF)]
    [InlineData(0x01)]
    [InlineData(0x80)]
    public void A_corrupt_byte_gives_a_protocol_exception_or_a_message_that_can_be_written(byte change)
    {
        int read = 0;
        int refused = 0;
        foreach ((MessageDescriptor message, short version, byte[] frame) in s_frames)
        {
            for (int at = RequestFrame.PrefixSize; at < frame.Length; at++)
            {
                frame[at] ^= change;
                IKafkaMessage? body = Decoding.TryFrame(frame, message, version);
                frame[at] ^= change;
                if (body is null)
                {
                    refused++;
                }
                else
                {
                    read++;
                    MessageVectorTests.EncodeToHex(body, version);
                }
            }
        }

        Assert.True(read > 10_000 && refused > 1_000, $"{read} read, {refused} refused");
    }

    [Theory]
    [InlineData("MetadataRequest", 0, "7fffffff", "an array of 2147483647 elements of at least 2 bytes each cannot be in the 0 bytes left")]
    [InlineData("MetadataRequest", 0, "fffffffe", "the array length -2 is negative")]
    [InlineData("MetadataRequest", 0, "00000001" + "fffe", "Topics.Name: malformed bytes at offset 6 of 6: the string length -2 is negative")]
    [InlineData("MetadataRequest", 9, "ffffffff0f", "MetadataRequest v9 Topics: malformed bytes at offset 5 of 5: the length 4294967294 is absurd")]
    [InlineData("HeartbeatRequest", 0, "00056162", "HeartbeatRequest v0 GroupId: malformed bytes at offset 2 of 4: 5 more bytes are needed and 2 are left")]
    [InlineData("HeartbeatRequest", 0, "ffff", "the string is null where the version has no null")]
    [InlineData("HeartbeatRequest", 4, "01000000000101" + "01" + "05" + "ffffffff7f", "malformed bytes")]
    [InlineData("HeartbeatRequest", 4, "80808080808001", "a variable-length integer does not end within 5 bytes")]
    [InlineData("HeartbeatRequest", 4, "80", "the bytes end within a variable-length integer")]
    public void The_error_says_message_version_field_and_offset(string name, short version, string hex, string problem)
    {
        KafkaProtocolException error = Assert.Throws<KafkaProtocolException>(() =>
        {
            KafkaReader reader = new(Convert.FromHexString(hex));
            MessageCatalog.Find(name)!.Read(ref reader, version);
        });

        Assert.Contains(problem, error.Message);
        Assert.StartsWith($"{name} v{version} ", error.Message);
    }
}
