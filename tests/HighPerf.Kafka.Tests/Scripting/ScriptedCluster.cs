using HighPerf.Kafka.Protocol.Messages;

namespace HighPerf.Kafka.Tests.Scripting;

/// <summary>Several scripted brokers that answer Metadata and FindCoordinator from one table; the test changes the table.</summary>
internal sealed class ScriptedCluster
{
    public ScriptedCluster(Simulation simulation, int brokers)
    {
        for (int id = 1; id <= brokers; id++)
        {
            ScriptedBroker broker = simulation.AddBroker($"b{id}");
            broker.OnRequest = Answer;
            Brokers.Add(broker);
        }
    }

    public List<ScriptedBroker> Brokers { get; } = [];

    /// <summary>Topics and how they are told; one that is not here does not exist.</summary>
    public Dictionary<string, MetadataResponse.MetadataResponseTopic> Topics { get; } = [];

    public int Coordinator { get; set; } = 1;

    public ErrorCode CoordinatorError { get; set; }

    /// <summary>Answers before the table does; true: done.</summary>
    public Func<ScriptedConnection, ScriptedRequest, bool>? Before { get; set; }

    public IEnumerable<ScriptedRequest> Requests(ApiKey api) => Brokers.SelectMany(b => b.Requests).Where(r => r.ApiKey == api);

    public void AddTopic(string name, int partitions = 1)
    {
        MetadataResponse.MetadataResponseTopic topic = new() { Name = name, TopicId = new Guid(Topics.Count + 1, 0, 0, new byte[8]) };
        for (int i = 0; i < partitions; i++)
        {
            topic.Partitions.Add(new MetadataResponse.MetadataResponsePartition
            {
                PartitionIndex = i, LeaderId = 1 + (i % Brokers.Count), LeaderEpoch = 3, ReplicaNodes = [1], IsrNodes = [1],
            });
        }

        Topics[name] = topic;
    }

    private void Answer(ScriptedConnection connection, ScriptedRequest request)
    {
        if (Before?.Invoke(connection, request) == true)
        {
            return;
        }

        switch (request.ApiKey)
        {
            case ApiKey.Metadata:
                connection.Answer(request, Describe(request.Message<MetadataRequest>()));
                break;
            case ApiKey.FindCoordinator:
                connection.Answer(request, Find(request));
                break;
            default:
                break;
        }
    }

    private MetadataResponse Describe(MetadataRequest asked)
    {
        MetadataResponse answer = new() { ClusterId = "scripted", ControllerId = 1 };
        for (int i = 0; i < Brokers.Count; i++)
        {
            answer.Brokers.Add(new MetadataResponse.MetadataResponseBroker { NodeId = i + 1, Host = $"b{i + 1}", Port = 9092 });
        }

        foreach (string name in asked.Topics?.Select(t => t.Name!) ?? Topics.Keys.Order(StringComparer.Ordinal))
        {
            answer.Topics.Add(Topics.TryGetValue(name, out MetadataResponse.MetadataResponseTopic? topic)
                ? topic
                : new MetadataResponse.MetadataResponseTopic { Name = name, ErrorCode = (short)ErrorCode.UnknownTopicOrPartition });
        }

        return answer;
    }

    private FindCoordinatorResponse Find(ScriptedRequest request)
    {
        FindCoordinatorRequest asked = request.Message<FindCoordinatorRequest>();
        if (request.Version < 4)
        {
            return new FindCoordinatorResponse
            {
                ErrorCode = (short)CoordinatorError, NodeId = Coordinator, Host = $"b{Coordinator}", Port = 9092,
            };
        }

        FindCoordinatorResponse answer = new();
        foreach (string key in asked.CoordinatorKeys)
        {
            answer.Coordinators.Add(new FindCoordinatorResponse.Coordinator
            {
                Key = key, ErrorCode = (short)CoordinatorError, NodeId = Coordinator, Host = $"b{Coordinator}", Port = 9092,
            });
        }

        return answer;
    }
}
