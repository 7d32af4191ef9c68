using HighPerf.Kafka.Protocol.Messages;

namespace HighPerf.Kafka.Testing.Tests.Handlers;

public sealed class QuotaAdminTests
{
    [Fact]
    public void Quotas_are_set_told_and_removed() => TestBroker.Simulate(async broker =>
    {
        RawClient client = await broker.ConnectAsync();
        foreach (short version in Requests.Versions(0, 1))
        {
            Assert.Equal(ErrorCode.None, await Alter(client, "client-id=c", "producer_byte_rate=1000", version));
            Assert.Equal(ErrorCode.None, await Alter(client, "client-id=c", "request_percentage=0.5", version));
            Assert.Equal("client-id=c: producer_byte_rate=1000 request_percentage=0.5", await Describe(client, false, version));
            Assert.Equal(ErrorCode.None, await Alter(client, "client-id=c", "producer_byte_rate=", version));
            Assert.Equal("client-id=c: request_percentage=0.5", await Describe(client, false, version));
            Assert.Equal(ErrorCode.None, await Alter(client, "client-id=c", "request_percentage=", version));
            Assert.Equal(ErrorCode.None, await Alter(client, "client-id=c", "request_percentage=", version));
            Assert.Equal("", await Describe(client, false, version));
        }
    });

    [Fact]
    public void A_filter_names_parts_and_strict_no_others() => TestBroker.Simulate(async broker =>
    {
        RawClient client = await broker.ConnectAsync();
        foreach (string entity in new[] { "user=u", "user=u,client-id=c", "client-id=c", "client-id=", "user=,client-id=c" })
        {
            Assert.Equal(ErrorCode.None, await Alter(client, entity, "consumer_byte_rate=1"));
        }

        Assert.Equal(ErrorCode.None, await Alter(client, "ip=127.0.0.1", "connection_creation_rate=1"));
        Assert.Equal(6, (await Describe(client, false)).Split("; ").Length);
        Assert.Equal("", await Describe(client, true));
        const string Rate = ": consumer_byte_rate=1";
        Assert.Equal($"user=u{Rate}; user=u,client-id=c{Rate}", await Describe(client, false, 1, ("user", 0, "u")));
        Assert.Equal($"user=u{Rate}", await Describe(client, true, 1, ("user", 0, "u")));
        Assert.Equal($"client-id={Rate}", await Describe(client, true, 1, ("client-id", 1, null)));
        Assert.Equal($"client-id=c{Rate}; client-id={Rate}", await Describe(client, true, 1, ("client-id", 2, null)));
        Assert.Equal($"user=,client-id=c{Rate}", await Describe(client, true, 1, ("client-id", 0, "c"), ("user", 1, null)));
        Assert.Equal("ip=127.0.0.1: connection_creation_rate=1", await Describe(client, true, 1, ("ip", 2, null)));
    });

    [Theory]
    [InlineData("", "producer_byte_rate=1")]
    [InlineData("group=g", "producer_byte_rate=1")]
    [InlineData("user=u,user=v", "producer_byte_rate=1")]
    [InlineData("user=u,ip=1.2.3.4", "producer_byte_rate=1")]
    [InlineData("user=u", "no_such=1")]
    [InlineData("user=u", "producer_byte_rate=1.5")]
    [InlineData("user=u", "producer_byte_rate=1,producer_byte_rate=2")]
    [InlineData("user=u", "connection_creation_rate=1")]
    [InlineData("ip=1.2.3.4", "producer_byte_rate=1")]
    public void Quotas_that_make_no_sense_are_refused(string entity, string ops) => TestBroker.Simulate(async broker =>
    {
        RawClient client = await broker.ConnectAsync();
        Assert.Equal(ErrorCode.InvalidRequest, await Alter(client, entity, ops));
        Assert.True(broker.Model.Quotas.IsEmpty);
    });

    [Theory]
    [InlineData("", 0, "x", ErrorCode.InvalidRequest)]
    [InlineData("group", 0, "x", ErrorCode.UnsupportedVersion)]
    [InlineData("user", 0, null, ErrorCode.InvalidRequest)]
    [InlineData("user", 1, "x", ErrorCode.InvalidRequest)]
    [InlineData("user", 2, "x", ErrorCode.InvalidRequest)]
    [InlineData("user", 3, null, ErrorCode.InvalidRequest)]
    public void A_filter_that_makes_no_sense_is_refused(string type, sbyte match, string? name, ErrorCode expected) => TestBroker.Simulate(async broker =>
    {
        RawClient client = await broker.ConnectAsync();
        DescribeClientQuotasRequest request = new() { Components = [new() { EntityType = type, MatchType = match, Match = name }] };
        DescribeClientQuotasResponse response = await client.CallAsync(request, 1);
        Assert.Equal(expected, (ErrorCode)response.ErrorCode);
        Assert.Null(response.Entries);
        Assert.NotNull(response.ErrorMessage);
    });

    [Fact]
    public void A_trial_sets_nothing() => TestBroker.Simulate(async broker =>
    {
        RawClient client = await broker.ConnectAsync();
        AlterClientQuotasRequest request = Request("user=u", "producer_byte_rate=1");
        request.ValidateOnly = true;
        Assert.Equal(0, Assert.Single((await client.CallAsync(request, 1)).Entries).ErrorCode);
        Assert.True(broker.Model.Quotas.IsEmpty);
    });

    /// <summary>Entities are "type=name,...", an empty name being the default; ops are "key=value,...", an empty value removing.</summary>
    internal static async Task<ErrorCode> Alter(RawClient client, string entity, string ops, short version = 1)
    {
        AlterClientQuotasResponse.EntryData entry = Assert.Single((await client.CallAsync(Request(entity, ops), version)).Entries);
        Assert.Equal(entity, string.Join(',', entry.Entity.Select(part => $"{part.EntityType}={part.EntityName}")));
        return (ErrorCode)entry.ErrorCode;
    }

    private static AlterClientQuotasRequest Request(string entity, string ops)
    {
        AlterClientQuotasRequest.EntryData entry = new();
        foreach (string[] part in entity.Split(',', StringSplitOptions.RemoveEmptyEntries).Select(part => part.Split('=')))
        {
            entry.Entity.Add(new AlterClientQuotasRequest.EntityData { EntityType = part[0], EntityName = part[1].Length == 0 ? null : part[1] });
        }

        foreach (string[] op in ops.Split(',').Select(op => op.Split('=')))
        {
            bool remove = op[1].Length == 0;
            entry.Ops.Add(new AlterClientQuotasRequest.OpData { Key = op[0], Remove = remove, Value = remove ? 0 : double.Parse(op[1]) });
        }

        return new AlterClientQuotasRequest { Entries = [entry] };
    }

    private static async Task<string> Describe(RawClient client, bool strict, short version = 1, params (string Type, sbyte Match, string? Name)[] filter)
    {
        DescribeClientQuotasRequest request = new() { Strict = strict };
        request.Components.AddRange(filter.Select(part => new DescribeClientQuotasRequest.ComponentData
        {
            EntityType = part.Type,
            MatchType = part.Match,
            Match = part.Name,
        }));
        DescribeClientQuotasResponse response = await client.CallAsync(request, version);
        Assert.Equal((0, null), (response.ErrorCode, response.ErrorMessage));
        return string.Join("; ", response.Entries!.Select(entry => string.Join(',', entry.Entity.Select(part => $"{part.EntityType}={part.EntityName}"))
            + $": {string.Join(' ', entry.Values.Select(value => $"{value.Key}={value.Value}"))}"));
    }
}
