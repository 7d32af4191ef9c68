using HighPerf.Kafka.Protocol.Messages;
using HighPerf.Kafka.Testing.Cluster;
using HighPerf.Kafka.Testing.Connections;

namespace HighPerf.Kafka.Testing.Handlers;

/// <summary>Deletes topics by name or, from version 6 on, by id. Fetches that wait on them are answered.</summary>
internal sealed class DeleteTopicsHandler : RequestHandler<DeleteTopicsRequest, DeleteTopicsResponse>
{
    private const short FirstTopicIdVersion = 6;

    protected override DeleteTopicsResponse Handle(DeleteTopicsRequest request, RequestContext context)
    {
        DeleteTopicsResponse response = new();
        foreach (DeleteTopicsRequest.DeleteTopicState asked in Asked(request, context.Version))
        {
            response.Responses.Add(Delete(asked, context.Cluster));
        }

        return response;
    }

    protected override DeleteTopicsResponse CreateErrorResponse(DeleteTopicsRequest request, RequestContext context, ErrorCode error)
    {
        DeleteTopicsResponse response = new();
        response.Responses.AddRange(Asked(request, context.Version).Select(asked => Answer(asked.Name, asked.TopicId, error)));
        return response;
    }

    private static IEnumerable<DeleteTopicsRequest.DeleteTopicState> Asked(DeleteTopicsRequest request, short version) =>
        version >= FirstTopicIdVersion ? request.Topics : request.TopicNames.Select(name => new DeleteTopicsRequest.DeleteTopicState { Name = name });

    private static DeleteTopicsResponse.DeletableTopicResult Delete(DeleteTopicsRequest.DeleteTopicState asked, EmbeddedCluster cluster)
    {
        bool byId = asked.TopicId != Guid.Empty;
        if (byId == asked.Name is not null)
        {
            return Answer(asked.Name, asked.TopicId, ErrorCode.InvalidRequest, "A topic is named either by its name or by its id.");
        }

        Topic? topic = byId ? cluster.Topics.Find(asked.TopicId) : cluster.Topics.Find(asked.Name!);
        if (topic is null)
        {
            return Answer(asked.Name, asked.TopicId, byId ? ErrorCode.UnknownTopicId : ErrorCode.UnknownTopicOrPartition, "There is no such topic.");
        }

        cluster.DeleteTopic(topic);
        return Answer(topic.Name, topic.Id, ErrorCode.None);
    }

    private static DeleteTopicsResponse.DeletableTopicResult Answer(string? name, Guid id, ErrorCode error, string? message = null) =>
        new() { Name = name, TopicId = id, ErrorCode = (short)error, ErrorMessage = message };
}
