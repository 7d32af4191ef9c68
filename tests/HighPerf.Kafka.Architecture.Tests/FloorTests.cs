using HighPerf.Kafka.Architecture.Tests.Rules;
using HighPerf.Kafka.Architecture.Tests.Sources;

namespace HighPerf.Kafka.Architecture.Tests;

public sealed class FloorTests
{
    [Fact]
    public void Projects_reference_only_what_is_below_them() =>
        Violation.AssertNone(
            "a project references only projects below it; Testing never references the client",
            FloorRule.Projects(Repository.Current.Under("src").Where(file => file.Name.EndsWith(".csproj", StringComparison.Ordinal))
                .Select(file => new ProjectFile(file))));

    [Fact]
    public void Rooms_see_only_what_is_below_them() =>
        Violation.AssertNone("a room sees only the floors below it", FloorRule.Rooms(SourceModel.Current));

    [Fact]
    public void The_wire_knows_no_socket_and_no_task() =>
        Violation.AssertNone("the wire knows no socket, no task, no logger", FloorRule.UnknownNames(SourceModel.Current));

    [Fact]
    public void A_namespace_is_that_of_its_folder() =>
        Violation.AssertNone("a namespace is that of its folder", FloorRule.Namespaces(Repository.Current.Under("src").Where(file => file.IsCSharp)));

    [Theory]
    [InlineData("HighPerf.Kafka.Testing", "HighPerf.Kafka", 1)]
    [InlineData("HighPerf.Kafka.Runtime", "HighPerf.Kafka.Protocol", 1)]
    [InlineData("HighPerf.Kafka.Testing", "HighPerf.Kafka.Protocol", 0)]
    [InlineData("HighPerf.Kafka.Unheard", "HighPerf.Kafka.Protocol", 1)]
    public void A_reference_to_a_higher_project_is_seen(string from, string to, int expected)
    {
        string text = $"<Project><ItemGroup><ProjectReference Include=\"../{to}/{to}.csproj\" /></ItemGroup></Project>";
        ProjectFile project = new(new SourceFile($"src/{from}/{from}.csproj", text));

        Assert.Equal(expected, FloorRule.Projects([project]).Count());
    }

    [Theory]
    [InlineData("Connections", "Metadata", 1)]
    [InlineData("Metadata", "Connections", 0)]
    [InlineData("Producing", "Consuming", 1)]
    [InlineData("Consuming", "Groups", 0)]
    [InlineData("Producing", "Transactions", 1)]
    [InlineData("Transactions", "Producing", 0)]
    [InlineData("Protocol.Buffers", "Protocol.Records", 1)]
    [InlineData("Protocol.Compression", "Protocol.Messages", 1)]
    [InlineData("Protocol.Records", "Protocol.Compression", 0)]
    public void A_room_that_looks_up_is_seen(string from, string to, int expected)
    {
        SourceModel source = SourceModel.Of(
            "HighPerf.Kafka",
            ("a.cs", $"namespace HighPerf.Kafka.{from} {{ class A {{ object M() => new HighPerf.Kafka.{to}.B(); }} }}"),
            ("b.cs", $"namespace HighPerf.Kafka.{to} {{ class B; }}"));

        Assert.Equal(expected, FloorRule.Rooms(source).Select(violation => violation.Message).Distinct().Count());
    }

    [Fact]
    public void The_face_may_not_be_seen_from_a_room_but_the_vocabulary_may()
    {
        SourceModel source = SourceModel.Of(
            "HighPerf.Kafka",
            ("client.cs", "namespace HighPerf.Kafka; public class Client { object M() => new Connections.Pool(); }"),
            ("wrapper.cs", "namespace HighPerf.Kafka; public class Wrapper { Client Inner; }"),
            ("options.cs", "namespace HighPerf.Kafka; public class Options;"),
            ("pool.cs", "namespace HighPerf.Kafka.Connections; class Pool { Options Fine; Wrapper TooHigh; }"));

        Violation seen = Assert.Single(FloorRule.Rooms(source));
        Assert.Equal("pool.cs", seen.Path);
        Assert.Contains("Wrapper of the public face", seen.Message);
    }

    [Fact]
    public void A_task_in_the_wire_is_seen()
    {
        SourceModel source = SourceModel.Of("HighPerf.Kafka.Protocol", ("a.cs", "namespace HighPerf.Kafka.Protocol; class A { Task Later; }"));

        Assert.Contains("System.Threading.Tasks.Task", Assert.Single(FloorRule.UnknownNames(source)).Message);
    }

    [Theory]
    [InlineData("src/HighPerf.Kafka/Metadata/A.cs", "HighPerf.Kafka.Metadata", 0)]
    [InlineData("src/HighPerf.Kafka/Metadata/A.cs", "HighPerf.Kafka", 1)]
    [InlineData("src/HighPerf.Kafka.Protocol/A.cs", "HighPerf.Kafka", 0)]
    [InlineData("src/HighPerf.Kafka.Protocol/Compression/Lz4/A.cs", "HighPerf.Kafka.Protocol.Compression", 0)]
    [InlineData("src/HighPerf.Kafka.Protocol/Compression/Lz4/A.cs", "HighPerf.Kafka.Protocol.Records", 1)]
    [InlineData("src/HighPerf.Kafka.Runtime/Loops/A.cs", "HighPerf.Kafka.Runtime", 0)]
    public void A_namespace_that_is_not_its_folders_is_seen(string path, string name, int expected) =>
        Assert.Equal(expected, FloorRule.Namespaces([new SourceFile(path, $"namespace {name}; class A;")]).Count());
}
