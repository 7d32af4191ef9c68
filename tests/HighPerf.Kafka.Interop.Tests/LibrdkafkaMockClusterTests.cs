using System.Buffers.Binary;
using HighPerf.Kafka.Interop.Tests.Peers;

namespace HighPerf.Kafka.Interop.Tests;

/// <summary>The mock cluster by itself, byte for byte: what our client meets there, and what the other tests rely on.</summary>
public sealed class LibrdkafkaMockClusterTests
{
    private static ReadOnlySpan<byte> ApiVersionsV0 => [0, 18, 0, 0, 0, 0, 0, 7, 255, 255];

    private static ReadOnlySpan<byte> ApiVersionsV4 => [0, 18, 0, 4, 0, 0, 0, 8, 255, 255, 0, 2, (byte)'a', 2, (byte)'b', 0];

    [SkippableFact]
    public void The_mock_cluster_answers_ApiVersions_0()
    {
        Librdkafka.Require();
        using LibrdkafkaMockCluster cluster = new();
        using RawConnection connection = new(cluster.BootstrapServers);

        byte[] answer = connection.Exchange(ApiVersionsV0);

        Assert.Equal(7, BinaryPrimitives.ReadInt32BigEndian(answer));
        Assert.Equal((short)ErrorCode.None, BinaryPrimitives.ReadInt16BigEndian(answer.AsSpan(4)));
        int count = BinaryPrimitives.ReadInt32BigEndian(answer.AsSpan(6));
        Assert.Equal(answer.Length, 10 + (6 * count));
        IEnumerable<short> keys = Enumerable.Range(0, count).Select(i => BinaryPrimitives.ReadInt16BigEndian(answer.AsSpan(10 + (6 * i))));
        Assert.Superset(new HashSet<short> { (short)ApiKey.Produce, (short)ApiKey.Fetch, (short)ApiKey.Metadata }, keys.ToHashSet());
    }

    [SkippableFact]
    public void The_mock_cluster_answers_an_unknown_version_of_ApiVersions_with_bytes_that_are_neither_version_0_nor_the_one_asked_for()
    {
        Librdkafka.Require();
        using LibrdkafkaMockCluster cluster = new();
        using RawConnection connection = new(cluster.BootstrapServers);

        byte[] answer = connection.Exchange(ApiVersionsV4);

        Assert.Equal(8, BinaryPrimitives.ReadInt32BigEndian(answer));
        Assert.Equal((short)ErrorCode.UnsupportedVersion, BinaryPrimitives.ReadInt16BigEndian(answer.AsSpan(4)));

        // Read as version 0, the array is far longer than the frame. Read as version 4, it is empty and an element follows it.
        Assert.True(BinaryPrimitives.ReadInt32BigEndian(answer.AsSpan(6)) > answer.Length);
        Assert.Equal(1, answer[6]);
        Assert.Equal((short)ApiKey.ApiVersions, BinaryPrimitives.ReadInt16BigEndian(answer.AsSpan(7)));

        // The connection lives on, so that a client can ask again with version 0.
        byte[] second = connection.Exchange(ApiVersionsV0);
        Assert.Equal((short)ErrorCode.None, BinaryPrimitives.ReadInt16BigEndian(second.AsSpan(4)));
    }

    [SkippableFact]
    public void Each_broker_of_the_mock_cluster_has_an_address()
    {
        Librdkafka.Require();
        using LibrdkafkaMockCluster cluster = new(brokers: 3);

        Assert.Equal(3, cluster.BootstrapServers.Split(',').Distinct().Count());
    }

    [SkippableFact]
    public void The_mock_cluster_answers_with_the_errors_it_was_given_one_each()
    {
        Librdkafka.Require();
        using LibrdkafkaMockCluster cluster = new();
        cluster.PushErrors(ApiKey.ApiVersions, ErrorCode.CoordinatorLoadInProgress, ErrorCode.NotController);
        using RawConnection connection = new(cluster.BootstrapServers);

        short[] errors = [.. Enumerable.Range(0, 3).Select(_ => BinaryPrimitives.ReadInt16BigEndian(connection.Exchange(ApiVersionsV0).AsSpan(4)))];

        Assert.Equal([(short)ErrorCode.CoordinatorLoadInProgress, (short)ErrorCode.NotController, (short)ErrorCode.None], errors);
    }

    [SkippableFact]
    public void The_mock_cluster_says_the_versions_it_was_told_to()
    {
        Librdkafka.Require();
        using LibrdkafkaMockCluster cluster = new();
        cluster.SetVersions(ApiKey.Produce, 3, 5);
        using RawConnection connection = new(cluster.BootstrapServers);

        byte[] answer = connection.Exchange(ApiVersionsV0);

        Assert.Equal([0, 0, 0, 3, 0, 5], answer[10..16]);
    }
}
